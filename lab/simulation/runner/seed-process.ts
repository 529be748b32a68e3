import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { SeedReport } from './seed-report';

/** What a seed process is asked. */
export interface SeedRequest {
  readonly seed: number;
  /** Whether the seed runs twice, and must have the same history both times. */
  readonly isTwice: boolean;
}

/**
 * The young generation of a seed process. A run fills V8's default several times a second, and much of what
 * is then still in use is garbage soon after.
 */
const SEMI_SPACE_MB = 64;
/**
 * How much bytecode V8 inlines into a function that it optimises. With its default of 920, compiling took a
 * seventh of the time of the first seeds, and the code was no faster for it.
 */
const INLINED_BYTES = 100;

/** A process that runs seeds, one after the other. It ends when this process does. */
export class SeedProcess {
  readonly #child: ChildProcess;
  #reject: ((error: Error) => void) | undefined;

  constructor() {
    this.#child = fork(join(__dirname, 'seed-child.js'), [], {
      // Threads that collect garbage together wait for each other, and for the cores that other seeds use.
      execArgv: [
        ...process.execArgv,
        `--max-semi-space-size=${SEMI_SPACE_MB}`,
        '--single-threaded-gc',
        `--max-inlined-bytecode-size-cumulative=${INLINED_BYTES}`,
      ],
    });
    this.#child.on('exit', (code, signal) =>
      this.#reject?.(new Error(`its process ended with ${String(signal ?? code)}`)),
    );
  }

  /** Rejects when the process ends before it has an answer. */
  async run(request: SeedRequest): Promise<SeedReport> {
    try {
      return await new Promise<SeedReport>((resolve, reject) => {
        this.#reject = reject;
        this.#child.once('message', (report) => resolve(report as SeedReport));
        this.#child.send(request);
      });
    } catch (cause) {
      throw new Error(`seed ${request.seed} has no result`, { cause });
    }
  }

  /** Ends it at once, in the middle of a seed. */
  kill(): void {
    this.#reject = undefined;
    this.#child.kill();
  }

  end(): void {
    this.#reject = undefined;
    this.#child.removeAllListeners('message');
    if (this.#child.connected) this.#child.disconnect();
  }
}

/** A signal that ends this process ends the others, too. */
export function endTogether(processes: readonly SeedProcess[]): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      for (const each of processes) each.kill();
      process.exit(128 + constants.signals[signal]);
    });
  }
}
