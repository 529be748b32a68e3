import { setFlagsFromString } from 'node:v8';

/**
 * Makes V8 compile WebAssembly once, quickly, and not again for speed. The optimising compiler takes 45 MB
 * for the largest function of the SQL parser on Node.js 20, and 580 MB on Node.js 24, which is more than the
 * memory limit of many containers. The first few statements would start it. It would halve the 0.1 ms that
 * a new text takes; a known text is not parsed again. Call this before anything loads WebAssembly.
 */
export function compileWasmOnce(): void {
  setFlagsFromString('--no-wasm-tier-up');
  setFlagsFromString('--no-wasm-dynamic-tiering');
}
