import { writeSync } from 'node:fs';

const STDOUT = 1;
/** Below the size that a pipe takes at once. */
const MIN_WRITE_BYTES = 8_192;
/** How long a line waits at most for others. */
const MAX_WAIT_MS = 100;
/** How long a pipe that is full may stay full before its reader counts as gone. */
const MAX_FULL_MS = 5_000;
const RETRY_MS = 10;

/**
 * Standard output, with one write for many lines: `process.stdout` makes one for each line, and waits for it
 * on a pipe or a file. No line is lost when the process ends, except by SIGKILL or a crash of Node itself.
 */
export class BufferedOutput {
  #lines: string[] = [];
  #length = 0;
  #timer: NodeJS.Timeout | undefined;
  #isReaderGone = false;

  constructor(private readonly fd = STDOUT) {
    process.once('exit', () => this.#flush());
  }

  write(line: string): void {
    // A service whose log nothing reads any more goes on serving.
    if (this.#isReaderGone) return;
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length >= MIN_WRITE_BYTES) this.#flush();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, MAX_WAIT_MS).unref();
  }

  /** Synchronous: a write under way in another thread would be lost when the process ends. */
  #flush(): void {
    if (this.#length === 0) return;
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    this.#length = 0;
    let giveUpAtMs = performance.now() + MAX_FULL_MS;
    for (let at = 0; at < bytes.length;) {
      try {
        at += writeSync(this.fd, bytes, at);
        giveUpAtMs = performance.now() + MAX_FULL_MS;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > giveUpAtMs) {
          this.#isReaderGone = true;
          return;
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }
}
