import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { ContainerRuntimeClient } from 'testcontainers';
import { dockerNow } from './docker-cli';
import { PostgresClusterError, PostgresProcessError } from '../errors';
import { logSince } from '../process/log-tail';
import { readPidFile } from '../process/pid-file';
import { childrenOf, signal } from '../process/processes';
import { giveTo, type Identity } from '../process/run-as';
import { type Server, STOP_SIGNALS, type StopMode } from '../server';
import { until } from '../until';

const START_TIMEOUT_MS = 60_000;

type Container = ReturnType<ContainerRuntimeClient['container']['getById']>;

/** The program that makes base backups. */
export interface BackupSource {
  readonly port: number;
  readonly passfile: string;
  readonly identity: Identity | undefined;
}

/**
 * One PostgreSQL server, the first process of its container, which remains when the server stops. Its data
 * directory and its log are on this machine, under the same paths.
 */
export class ContainerServer implements Server {
  /** `docker wait`: it ends when the container does, and does not keep this process from exiting. */
  #waiter: ChildProcess | undefined;
  #pid: number | undefined;
  #isFrozen = false;

  constructor(
    readonly dataDirectory: string,
    private readonly logFile: string,
    private readonly client: ContainerRuntimeClient,
    private readonly container: Container,
    private readonly source: BackupSource,
  ) {}

  get isRunning(): boolean {
    const waiter = this.#waiter;
    return waiter !== undefined && waiter.exitCode === null && waiter.signalCode === null;
  }

  get pid(): number | undefined {
    return this.isRunning ? this.#pid : undefined;
  }

  async start(): Promise<void> {
    if (this.isRunning) return;
    // Left by a killed server; the container's next one has the same pid, 1.
    rmSync(join(this.dataDirectory, 'postmaster.pid'), { force: true });
    const logStart = statSync(this.logFile).size;
    this.#isFrozen = false;
    await this.container.start();
    this.#waiter = spawn('docker', ['wait', this.container.id], { cwd: '/', stdio: 'ignore' });
    this.#waiter.on('error', () => undefined);
    this.#waiter.unref();
    await until(
      `PostgreSQL in ${this.dataDirectory} to take connections`,
      () => !this.isRunning || readPidFile(this.dataDirectory)?.isReady === true,
      { timeoutMs: START_TIMEOUT_MS },
    );
    const { State } = await this.container.inspect();
    if (!State.Running) {
      const tail = logSince(this.logFile, logStart);
      throw new PostgresProcessError(`PostgreSQL in ${this.dataDirectory} ended while it started.`, tail);
    }
    this.#pid = pidInContainer(State.Pid) === 1 ? State.Pid : undefined;
  }

  async stop(mode: StopMode, timeoutMs = 30_000): Promise<void> {
    if (!this.isRunning) return;
    this.thaw();
    await this.#signal(STOP_SIGNALS[mode]);
    await until(`the ${mode} stop of PostgreSQL in ${this.dataDirectory}`, () => !this.isRunning, {
      timeoutMs,
    });
  }

  /** When the first process of a container dies, the kernel kills all others at the same time. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    if (this.#isFrozen) {
      // Docker does not signal paused containers. A signal that is already pending gives a thawed server no
      // time to act.
      if (this.pid !== undefined) signal(this.pid, 'SIGKILL');
      this.thaw();
    }
    await this.#signal('SIGKILL');
    await until(`the killed container of ${this.dataDirectory}`, () => !this.isRunning);
  }

  freeze(): void {
    if (!this.isRunning || this.#isFrozen) return;
    dockerNow('pause', this.container.id);
    this.#isFrozen = true;
  }

  /** Also wakes processes that someone else has stopped, where this machine can see them. */
  thaw(): void {
    if (!this.isRunning) return;
    if (this.#isFrozen) dockerNow('unpause', this.container.id);
    this.#isFrozen = false;
    const { pid } = this;
    if (pid === undefined) return;
    for (const process of [...childrenOf(pid), pid]) signal(process, 'SIGCONT');
  }

  async reload(): Promise<void> {
    if (this.isRunning) await this.#signal('SIGHUP');
  }

  async cloneTo(_client: Client, targets: readonly string[]): Promise<void> {
    const { port, passfile, identity } = this.source;
    for (const target of targets) {
      mkdirSync(target, { mode: 0o700 });
      giveTo(identity, target);
      const { exitCode, output } = await this.client.container.exec(this.container, [
        'pg_basebackup',
        `--dbname=host=127.0.0.1 port=${port} user=replicator passfile='${passfile.replaceAll(/[\\']/g, '\\$&')}'`,
        `--pgdata=${target}`,
        '--wal-method=stream',
        '--checkpoint=fast',
        '--no-password',
        '--no-sync',
      ]);
      if (exitCode !== 0) {
        throw new PostgresProcessError(`pg_basebackup failed (exit code ${exitCode}).`, output.trim());
      }
    }
  }

  /**
   * @throws PostgresClusterError where Docker runs in a virtual machine, whose processes this machine cannot
   * see
   */
  visiblePids(pids: readonly number[]): number[] {
    const { pid } = this;
    if (pid === undefined) {
      throw new PostgresClusterError(
        `The processes of ${this.dataDirectory} run in a container, and this machine does not show them.`,
      );
    }
    const visible = new Map(childrenOf(pid).map((child) => [pidInContainer(child), child]));
    return pids.flatMap((inside) => visible.get(inside) ?? []);
  }

  async dispose(): Promise<void> {
    await this.client.container.remove(this.container, { removeVolumes: true });
  }

  async #signal(name: NodeJS.Signals): Promise<void> {
    try {
      await this.container.kill({ signal: name });
    } catch (error) {
      // It ended on its own in the meantime.
      if ((error as { statusCode?: number }).statusCode !== 409) throw error;
    }
  }
}

/** A process's pid in its own namespace; undefined when this machine cannot see the process. */
function pidInContainer(pid: number): number | undefined {
  try {
    const numbers = /^NSpid:\s+(.+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]?.split(/\s+/);
    return numbers === undefined || numbers.length < 2 ? undefined : Number(numbers.at(-1));
  } catch {
    return undefined;
  }
}
