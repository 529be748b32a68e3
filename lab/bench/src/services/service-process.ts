import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const MAX_OUTPUT = 10_000;

/** A web service in a separate process, which exits when this process does. */
export class ServiceProcess {
  private constructor(
    readonly url: string,
    private readonly child: ReturnType<typeof spawn>,
  ) {}

  /**
   * Resolves when the service reports that it is ready.
   *
   * @param entry JavaScript file
   * @param nodeOptions of the command line
   */
  static async start(
    entry: string,
    port: number,
    environment: NodeJS.ProcessEnv,
    nodeOptions: readonly string[] = [],
  ): Promise<ServiceProcess> {
    const child = spawn(process.execPath, [...nodeOptions, entry], {
      env: { ...process.env, ...environment },
      // In its own process group, so that Ctrl-C reaches it only through this process. The IPC channel closes
      // if this process dies.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT)));
    }
    const service = new ServiceProcess(`http://127.0.0.1:${port}`, child);
    try {
      await until(`${entry} to be ready`, () => service.#isReady(), {
        timeoutMs: READY_TIMEOUT_MS,
        pollMs: 50,
      });
      if (service.#hasEnded) throw new Error(`${entry} exited while starting:\n${output}`);
    } catch (error) {
      await service.close();
      throw error;
    }
    return service;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(killer);
  }

  get #hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  async #isReady(): Promise<boolean> {
    if (this.#hasEnded) return true;
    return (await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
  }
}

/** The directory of the repository. */
export const REPOSITORY = join(__dirname, '..', '..', '..', '..');

/** A file of the repository's build, by its path there. */
export function builtFile(...path: readonly string[]): string {
  return join(REPOSITORY, 'dist', ...path);
}
