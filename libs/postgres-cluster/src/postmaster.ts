import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from './binaries';
import { PostgresProcessError, WaitTimeoutError } from './errors';
import { killAllIn } from './ownership';
import { readPidFile } from './pid-file';
import { childrenOf, signal } from './processes';
import { cleanEnvironment } from './run-as';
import { until } from './until';
import type { Watchdog } from './watchdog';

/** How a node is stopped, as pg_ctl has it: smart waits for clients, fast ends them, immediate skips the checkpoint. */
export type StopMode = 'smart' | 'fast' | 'immediate';

const STOP_SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = {
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
};
const START_TIMEOUT_MS = 60_000;
const LOG_TAIL_BYTES = 2_000;

/** One PostgreSQL server process on one data directory. */
export class Postmaster {
  #child: ChildProcess | undefined;
  #frozen: number[] = [];
  #sharedMemoryId: string | undefined;

  constructor(
    readonly dataDirectory: string,
    private readonly logFile: string,
    private readonly runtime: Runtime,
    private readonly watchdog: Watchdog,
  ) {}

  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when the server takes connections. */
  async start(): Promise<void> {
    if (this.pid !== undefined) return;
    // Backends of a postmaster that was killed may still be on their way out and hold its shared memory.
    await killAllIn(this.dataDirectory);
    // The pid in the file of a killed one may be another process's by now, and PostgreSQL would not start then.
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
      const tail = this.#logSince(logStart);
      throw new PostgresProcessError(`PostgreSQL in ${this.dataDirectory} ended while it started.`, tail);
    }
  }

  /** @throws WaitTimeoutError when it still runs after `timeoutMs`: smart mode waits for the last client. */
  async stop(mode: StopMode, timeoutMs = 30_000): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    this.thaw();
    signal(pid, STOP_SIGNALS[mode]);
    await until(`the ${mode} stop of PostgreSQL in ${this.dataDirectory}`, () => !this.isRunning, {
      timeoutMs,
      pollMs: 5,
    });
  }

  /** Stops it whatever state it is in, the gentle way first. */
  async stopForSure(mode: StopMode, graceMs = 8_000): Promise<void> {
    try {
      await this.stop(mode, graceMs);
    } catch (error) {
      if (!(error instanceof WaitTimeoutError)) throw error;
      await this.kill();
    }
  }

  /**
   * SIGKILL to all its processes at one stroke, as when a machine dies. The postmaster is stopped before, or it
   * would see its children die and act; killed before them, it would leave them time to act themselves.
   */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    signal(pid, 'SIGSTOP');
    for (const child of childrenOf(pid)) signal(child, 'SIGKILL');
    signal(pid, 'SIGKILL');
    await until(`the killed postmaster ${pid}`, () => !this.isRunning, { pollMs: 5 });
    await killAllIn(this.dataDirectory);
    this.#frozen = [];
  }

  /** SIGSTOP. The postmaster comes first, so that it starts no child meanwhile. */
  freeze(): void {
    const { pid } = this;
    if (pid === undefined) return;
    signal(pid, 'SIGSTOP');
    this.#frozen = childrenOf(pid);
    for (const child of this.#frozen) signal(child, 'SIGSTOP');
  }

  /** SIGCONT, to children that somebody else has stopped as well. */
  thaw(): void {
    const { pid } = this;
    if (pid === undefined) return;
    for (const child of new Set([...this.#frozen, ...childrenOf(pid)])) signal(child, 'SIGCONT');
    signal(pid, 'SIGCONT');
    this.#frozen = [];
  }

  /** A killed server leaves a System V segment of some bytes; its next start frees it, or this, if there is none. */
  freeSharedMemory(): void {
    if (this.#sharedMemoryId === undefined || this.#child?.signalCode !== 'SIGKILL') return;
    spawnSync('ipcrm', ['-m', this.#sharedMemoryId], { stdio: 'ignore' });
    this.#sharedMemoryId = undefined;
  }

  reload(): void {
    if (this.pid !== undefined) signal(this.pid, 'SIGHUP');
  }

  #logSince(start: number): string {
    const file = openSync(this.logFile, 'r');
    try {
      const from = Math.max(start, fstatSync(file).size - LOG_TAIL_BYTES);
      const buffer = Buffer.alloc(fstatSync(file).size - from);
      readSync(file, buffer, 0, buffer.length, from);
      return buffer.toString('utf8').trim();
    } finally {
      closeSync(file);
    }
  }
}
