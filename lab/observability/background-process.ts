import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '@app/postgres-cluster';

export interface BackgroundOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Answers 200 once the program serves. */
  readonly readyUrl: string;
}

const READY_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;

/** A third-party server that runs for the duration of the test. */
export class BackgroundProcess {
  #output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<void>,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream
        ?.setEncoding('utf8')
        .on('data', (text: string) => (this.#output = (this.#output + text).slice(-4_000)));
    }
  }

  static async start({
    program,
    args,
    environment,
    readyUrl,
  }: BackgroundOptions): Promise<BackgroundProcess> {
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => resolve());
    });
    const started = new BackgroundProcess(child, ended);
    try {
      await until(
        () => `${program} to serve ${readyUrl}; its output: ${started.#output}`,
        async () => {
          if (started.#hasEnded) throw new Error(`${program} has ended: ${started.#output}`);
          return (await fetch(readyUrl, { signal: AbortSignal.timeout(1_000) })).ok;
        },
        { timeoutMs: READY_TIMEOUT_MS, pollMs: 50 },
      );
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(killer);
  }

  get #hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
