import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { mintDevelopmentToken } from '@app/service-kit';

const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;
const READY = 'Ctrl-C stops everything';

/** What `npm start` runs, from the build in `folder`. */
export class RunningShop {
  #output = '';
  readonly #child: ChildProcess;

  private constructor(folder: string, environment: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [join(folder, 'dist/tools/start.js')], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** @throws Error with its output when it ends, or is not ready in time */
  static async start(folder: string, environment: Readonly<Record<string, string>>): Promise<RunningShop> {
    const shop = new RunningShop(folder, environment);
    try {
      await until(
        () => `"${READY}" in:\n${shop.#output}`,
        () => shop.#output.includes(READY) || shop.#hasEnded,
        { timeoutMs: START_TIMEOUT_MS },
      );
      if (shop.#hasEnded) throw new Error(`npm start ended:\n${shop.#output}`);
    } catch (error) {
      await shop.stop();
      throw error;
    }
    return shop;
  }

  /** A read as Alice: its body, and where its statements ran. */
  async get(url: string): Promise<{ body: unknown; route: string }> {
    const authorization = `Bearer ${await mintDevelopmentToken('alice')}`;
    const response = await fetch(url, { headers: { authorization } });
    if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`);
    return { body: await response.json(), route: response.headers.get('x-db-route') ?? '' };
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await until('npm start to end', () => this.#hasEnded, { timeoutMs: STOP_TIMEOUT_MS }).catch(
      (error: unknown) => {
        this.#child.kill('SIGKILL');
        throw error;
      },
    );
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
