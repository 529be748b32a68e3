import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { until } from '@app/postgres-cluster';

export interface ServiceProcessOptions {
  readonly name: string;
  /** The JavaScript file to run. */
  readonly entry: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Modules loaded before the entry. */
  readonly preload?: readonly string[];
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

/** A service in a separate process, which exits when this process does. */
export class ServiceProcess {
  readonly url: string;
  #child: ChildProcess | undefined;
  #ended: Promise<number> = Promise.resolve(0);

  constructor(private readonly options: ServiceProcessOptions) {
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the service reports that it is ready. */
  async start(): Promise<void> {
    const { name, entry, environment, logFile, preload = [] } = this.options;
    const log = createWriteStream(logFile, { flags: 'a' });
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', ...preload.flatMap((module) => ['--require', module]), entry],
      // In its own process group, so that Ctrl-C reaches it only through this process. The IPC channel closes
      // if this process dies.
      { env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        log.end();
        resolve(performance.now());
      });
    });
    await until(
      `${name} to be ready`,
      async () => {
        if (!this.isRunning) return true;
        return (await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(1_000) })).ok;
      },
      { timeoutMs: READY_TIMEOUT_MS, pollMs: 50 },
    );
    if (!this.isRunning) throw new Error(`${name} exited while starting; its log is ${logFile}.`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Resolves with the (monotonic) time of its exit. */
  get ended(): Promise<number> {
    return this.#ended;
  }

  get exitCode(): number | null | undefined {
    return this.#child?.exitCode;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.signal('SIGTERM');
    const killer = setTimeout(() => this.signal('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(killer);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }
}

/** A port that is currently free. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
