import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { until } from '@app/postgres-cluster';

const root = join(__dirname, '../../..');

/** Runs a script of this repository as a separate process, from its source. */
export class SpawnedProcess {
  stdout = '';
  stderr = '';
  private readonly exited: Promise<number | string>;

  private constructor(readonly child: ChildProcess) {
    child.stdout!.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    // Not the event 'close': it is never emitted after this side disconnects the IPC channel.
    this.exited = Promise.all([once(child, 'exit'), finished(child.stdout!), finished(child.stderr!)]).then(
      ([[code, signal]]) => (code ?? signal) as number | string,
    );
  }

  static start(
    script: string,
    options: { environment?: Record<string, string>; args?: string[]; withIpc?: boolean } = {},
  ): SpawnedProcess {
    const hook = join(__dirname, 'run-typescript.cjs');
    const child = spawn(process.execPath, ['--require', hook, join(root, script), ...(options.args ?? [])], {
      cwd: root,
      // Inherits nothing from the environment: a variable of the machine must not affect a test.
      env: { PATH: process.env.PATH, ...options.environment },
      stdio: options.withIpc === true ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
    });
    return new SpawnedProcess(child);
  }

  /** The exit code, or the signal that ended the process. */
  exit(): Promise<number | string> {
    return this.exited;
  }

  /** The lines of the log so far. */
  log(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Waits for a line on standard output that contains `text`. */
  async says(text: string): Promise<void> {
    await until(
      () => `${JSON.stringify(text)} on standard output; it has: ${this.stdout}${this.stderr}`,
      () => Promise.resolve(this.stdout.includes(text)),
      { timeoutMs: 30_000 },
    );
  }

  /** Ends the process if it still runs, in any state. */
  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }
}
