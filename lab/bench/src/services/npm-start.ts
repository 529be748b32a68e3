import { type ChildProcess, fork } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as FreePorts from '../../../../tools/test/free-ports';
import type { NpmStartReady } from './npm-start-guard';
import { builtFile, REPOSITORY } from './service-process';

const load = createRequire(__filename);
const { freePorts } = load(builtFile('tools', 'test', 'free-ports')) as typeof FreePorts;

/** Those of the services and their management, of the console and of the cluster's metrics. */
const PORTS = [
  'ORDER_PORT',
  'HISTORY_PORT',
  'ORDER_MANAGEMENT_PORT',
  'HISTORY_MANAGEMENT_PORT',
  'CONSOLE_PORT',
  'CLUSTER_MANAGEMENT_PORT',
];
/** The nodes of the cluster take consecutive ports. */
const NODES = 3;
/** The developer's own data and settings. */
const NOT_SHARED = new Set(['.cluster', '.env']);
const MAX_OUTPUT = 10_000;

/** A directory in which `npm start` runs the repository's build, and keeps data of its own. */
export class NpmStart {
  readonly #directory = mkdtempSync(join(tmpdir(), 'bench-npm-start-'));
  #guard: ChildProcess | undefined;

  constructor() {
    // A server that root starts runs as another user.
    chmodSync(this.#directory, 0o755);
    for (const name of readdirSync(REPOSITORY)) {
      if (NOT_SHARED.has(name)) continue;
      symlinkSync(join(REPOSITORY, name), join(this.#directory, name));
    }
  }

  /**
   * Resolves with the milliseconds from the start of npm until everything is ready: with new data the first
   * time, later with the data that it has kept. Rejects with what it has printed if it ends before.
   */
  async start(): Promise<number> {
    const first = await freePorts(NODES + PORTS.length);
    const ports = Object.fromEntries(PORTS.map((name, index) => [name, String(first + NODES + index)]));
    const guard = fork(join(__dirname, 'npm-start-guard.js'), {
      cwd: this.#directory,
      env: { ...process.env, ...ports, CLUSTER_PORT: String(first) },
      detached: true,
      silent: true,
    });
    this.#guard = guard;
    let output = '';
    guard.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-MAX_OUTPUT);
    });
    return new Promise((resolve, reject) => {
      guard.once('message', ({ readyMs }: NpmStartReady) => resolve(readyMs));
      guard.once('error', reject);
      guard.once('exit', () => reject(new Error(`npm start ended before it was ready:\n${output}`)));
    });
  }

  /** Resolves when all of its processes have ended. */
  async stop(): Promise<void> {
    const guard = this.#guard;
    this.#guard = undefined;
    if (guard === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
    const ended = new Promise((resolve) => guard.once('exit', resolve));
    guard.kill('SIGTERM');
    await ended;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
