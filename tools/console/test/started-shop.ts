import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { serviceDefinition, type ServiceName, serviceNames } from '@app/shop-services';
import { REPLICAS } from '../../start/settings';
import { freePorts } from '../../test/free-ports';

const ROOT = join(__dirname, '../../..');
const FROM_SOURCES = join(ROOT, 'libs/service-kit/test/run-typescript.cjs');
/** Short, so that a replica without replay leaves soon. */
const MAX_STALENESS_MS = 3_000;

/** `npm start`, in a directory of its own and on ports that are free. */
export class StartedShop {
  readonly nodes: readonly string[];
  #output = '';

  private constructor(
    readonly url: string,
    firstNodePort: number,
    private readonly directory: string,
    private readonly child: ChildProcess,
  ) {
    this.nodes = Array.from({ length: REPLICAS + 1 }, (_, index) => `127.0.0.1:${firstNodePort + index}`);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
  }

  static async start(): Promise<StartedShop> {
    const directory = mkdtempSync(join(tmpdir(), 'console-'));
    // The servers run as another user when this is root.
    chmodSync(directory, 0o755);
    const variables = serviceNames
      .map(serviceDefinition)
      .flatMap(({ portVariable, managementPortVariable }) => [portVariable, managementPortVariable]);
    const names = ['CONSOLE_PORT', ...variables, 'CLUSTER_PORT'];
    const first = await freePorts(names.length + REPLICAS);
    const ports = Object.fromEntries(names.map((name, index) => [name, String(first + index)]));
    const environment = { PATH: process.env.PATH, HOME: directory, ...ports };
    const child = spawn(process.execPath, ['-r', FROM_SOURCES, join(ROOT, 'tools/start.ts')], {
      cwd: directory,
      env: { ...environment, DATABASE_MAX_STALENESS_MS: String(MAX_STALENESS_MS) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const shop = new StartedShop(`http://127.0.0.1:${first}`, first + names.length - 1, directory, child);
    const line = `See it live: ${shop.url}`;
    await until(
      () => `"${line}" in:\n${shop.#output}`,
      () => shop.#output.includes(line) || child.exitCode !== null,
      { timeoutMs: 60_000 },
    );
    if (!shop.#output.includes(line)) throw new Error(shop.#output);
    return shop;
  }

  /** The pid of the process of a service. */
  pidOf(service: ServiceName): number {
    const found = readdirSync('/proc').find((entry) => {
      try {
        const isOurs = readFileSync(`/proc/${entry}/environ`, 'utf8').includes(`HOME=${this.directory}\0`);
        return isOurs && readFileSync(`/proc/${entry}/cmdline`, 'utf8').includes(`apps/${service}/`);
      } catch {
        return false;
      }
    });
    if (found === undefined) throw new Error(`${service} does not run:\n${this.#output}`);
    return Number(found);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await until('the end of npm start', () => this.child.exitCode !== null, { timeoutMs: 40_000 });
    rmSync(this.directory, { recursive: true, force: true });
  }
}
