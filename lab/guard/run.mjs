// Runs `npm run lab -- guard`, with the contenders and services of the benchmarks.
import '../bench/prepare.mjs';

// The benchmarks are built by the import above.
await import(new URL('../bench/dist/guard/main.js', import.meta.url).href);
