import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { Runtime } from './binaries';
import { cloneDataDirectory } from './clone';
import { PostgresProcessError } from '../errors';
import { logSince } from '../process/log-tail';
import { killAllIn } from '../process/ownership';
import { readPidFile } from '../process/pid-file';
import { childrenOf, signal } from '../process/processes';
import { cleanEnvironment } from '../process/run-as';
import { type Server, STOP_SIGNALS, type StopMode } from '../server';
import { storageProblem } from '../storage-problem';
import { until } from '../until';
import type { Watchdog } from './watchdog';

const START_TIMEOUT_MS = 60_000;

/** One PostgreSQL server process on one data directory. */
export class Postmaster implements Server {
  #child: ChildProcess | undefined;
  #frozen: number[] = [];
  /** Whether the server runs and has not been told to end. */
  #shouldRun = false;
  #sharedMemoryId: string | undefined;

  constructor(
    readonly dataDirectory: string,
    private readonly logFile: string,
    private readonly runtime: Runtime,
    private readonly watchdog: Watchdog,
    /** Called when the server ends although it was not told to. */
    private readonly onUnexpectedEnd: (why: string) => void,
  ) {}

  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    // Backends of a killed postmaster may still be exiting and hold its shared memory.
    await killAllIn(this.dataDirectory);
    // The pid in a killed server's file may by now be another process's, and PostgreSQL would then refuse to
    // start.
    rmSync(join(this.dataDirectory, 'postmaster.pid'), { force: true });
    const log = openSync(this.logFile, 'a', 0o600);
    const logStart = fstatSync(log).size;
    const child = spawn(join(this.runtime.binDirectory, 'postgres'), ['-D', this.dataDirectory], {
      ...this.runtime.identity,
      cwd: this.dataDirectory,
      env: cleanEnvironment,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    const { pid } = child;
    if (pid === undefined) {
      const [error] = (await once(child, 'error')) as [Error];
      throw error;
    }
    this.watchdog.watch(pid);
    child.once('exit', () => {
      this.watchdog.forget(pid);
      if (this.#shouldRun) this.onUnexpectedEnd(this.#whyEnded(logStart));
    });
    this.#child = child;
    this.#frozen = [];
    await until(
      `PostgreSQL in ${this.dataDirectory} to take connections`,
      () => {
        if (!this.isRunning) return true;
        const file = readPidFile(this.dataDirectory);
        this.#sharedMemoryId = file?.sharedMemoryId;
        return file?.pid === pid && file.isReady;
      },
      { timeoutMs: START_TIMEOUT_MS, pollMs: 10 },
    );
    if (!this.isRunning) {
      const tail = logSince(this.logFile, logStart);
      throw new PostgresProcessError(`PostgreSQL in ${this.dataDirectory} ended while it started.`, tail);
    }
    this.#shouldRun = true;
  }

  #whyEnded(logStart: number): string {
    this.#shouldRun = false;
    const error = new PostgresProcessError('', logSince(this.logFile, logStart));
    const why = storageProblem(error, this.dataDirectory) ?? `has lost its server; see ${this.logFile}.`;
    return `The data directory ${this.dataDirectory} ${why}`;
  }

  async stop(mode: StopMode, timeoutMs = 30_000): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    this.#shouldRun = false;
    this.thaw();
    signal(pid, STOP_SIGNALS[mode]);
    await until(`the ${mode} stop of PostgreSQL in ${this.dataDirectory}`, () => !this.isRunning, {
      timeoutMs,
      pollMs: 5,
    });
  }

  /**
   * Sends SIGKILL to all processes at the same time, as when a machine dies. The postmaster is first stopped,
   * because it would otherwise see its children die and react; if it were killed before them, they would have
   * time to react.
   */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    this.#shouldRun = false;
    signal(pid, 'SIGSTOP');
    for (const child of childrenOf(pid)) signal(child, 'SIGKILL');
    signal(pid, 'SIGKILL');
    await until(`the killed postmaster ${pid}`, () => !this.isRunning, { pollMs: 5 });
    await killAllIn(this.dataDirectory);
    this.#frozen = [];
  }

  /** Sends SIGSTOP, to the postmaster first, so that it starts no child meanwhile. */
  freeze(): void {
    const { pid } = this;
    if (pid === undefined) return;
    signal(pid, 'SIGSTOP');
    this.#frozen = childrenOf(pid);
    for (const child of this.#frozen) signal(child, 'SIGSTOP');
  }

  /** Sends SIGCONT, including to children that someone else has stopped. */
  thaw(): void {
    const { pid } = this;
    if (pid === undefined) return;
    for (const child of new Set([...this.#frozen, ...childrenOf(pid)])) signal(child, 'SIGCONT');
    signal(pid, 'SIGCONT');
    this.#frozen = [];
  }

  reload(): Promise<void> {
    if (this.pid !== undefined) signal(this.pid, 'SIGHUP');
    return Promise.resolve();
  }

  async cloneTo(client: Client, targets: readonly string[]): Promise<void> {
    await cloneDataDirectory(client, this.dataDirectory, targets, this.runtime.identity);
  }

  visiblePids(pids: readonly number[]): number[] {
    return [...pids];
  }

  /**
   * A killed server leaves a small System V segment. Its next start frees the segment; if there is no next
   * start, this does.
   */
  dispose(): Promise<void> {
    if (this.#sharedMemoryId !== undefined && this.#child?.signalCode === 'SIGKILL') {
      spawnSync('ipcrm', ['-m', this.#sharedMemoryId], { stdio: 'ignore' });
      this.#sharedMemoryId = undefined;
    }
    return Promise.resolve();
  }
}
