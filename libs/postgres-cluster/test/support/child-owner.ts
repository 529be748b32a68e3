import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ClusterOptions, until } from '../../src';
import { childrenOf, isProcessRunning, signal } from '../../src/process/processes';
import type { Identity } from '../../src/process/run-as';

interface Started {
  readonly directory: string;
  readonly postmasters: readonly number[];
  readonly url: string;
  /** Whether the owner has loaded Testcontainers. */
  readonly loadedContainers: boolean;
}
type Message = { progress: string } | { started: Started } | { failed: string };

/** A cluster owned by another process that a test can kill. */
export class ChildOwner {
  readonly progress: string[] = [];
  #child: ChildProcess;
  #started: Started | undefined;
  #failed: string | undefined;

  constructor(
    options: Omit<ClusterOptions, 'onProgress'>,
    {
      identity,
      sources = join(__dirname, '..', '..'),
      environment = {},
    }: { identity?: Identity; sources?: string; environment?: Readonly<Record<string, string>> } = {},
  ) {
    const support = join(sources, 'test', 'support');
    this.#child = spawn(
      process.execPath,
      ['-r', join(support, 'typescript.cjs'), join(support, 'owner.ts'), JSON.stringify(options)],
      {
        ...identity,
        cwd: '/',
        env: { ...process.env, ...environment },
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    this.#child.on('message', (message: Message) => {
      if ('progress' in message) this.progress.push(message.progress);
      else if ('started' in message) this.#started = message.started;
      else this.#failed = message.failed;
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async started(): Promise<Started> {
    await until(
      'the owner to start its cluster',
      () => this.#started !== undefined || this.#failed !== undefined,
      { timeoutMs: 45_000 },
    );
    if (this.#started === undefined) throw new Error(this.#failed);
    return this.#started;
  }

  /** The shell script that outlives the owner to clean up. */
  watchdogPid(): number {
    const shells = childrenOf(this.pid).filter(
      (pid) => execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' }).trim() === 'sh',
    );
    return shells[0]!;
  }

  descendants(pid = this.pid): number[] {
    return childrenOf(pid).flatMap((child) => [child, ...this.descendants(child)]);
  }

  tell(order: 'stop' | 'exit' | 'freeze'): void {
    this.#child.send(order);
  }

  kill(): void {
    signal(this.pid, 'SIGKILL');
  }

  async ended(): Promise<void> {
    await until('the owner to end', () => !isProcessRunning(this.pid) || this.#child.exitCode !== null);
  }
}
