import { SonicBoom } from 'sonic-boom';

const STDOUT = 1;
/** Below the size that a pipe takes at once. */
const MIN_WRITE_BYTES = 8_192;
/** How long a line waits at most for others. */
const MAX_WAIT_MS = 100;

/**
 * Standard output, with one write for many lines: `process.stdout` makes one for each line, and waits for it
 * on a pipe or a file. No line is lost when the process ends, except by SIGKILL or a crash of Node itself.
 */
export class BufferedOutput {
  readonly #boom: SonicBoom;
  #timer: NodeJS.Timeout | undefined;

  constructor(fd = STDOUT) {
    // Synchronous: a write under way in another thread would be lost when the process ends.
    this.#boom = new SonicBoom({ fd, sync: true, minLength: MIN_WRITE_BYTES });
    // A service whose log nothing reads any more goes on serving.
    this.#boom.on('error', () => undefined);
    process.once('exit', () => this.#boom.flushSync());
  }

  write(line: string): void {
    this.#boom.write(line);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#boom.flush();
    }, MAX_WAIT_MS).unref();
  }
}
