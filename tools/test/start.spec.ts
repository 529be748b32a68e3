import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@app/postgres-cluster';
import { serviceDefinition, serviceNames } from '@app/shop-services';
import { REPLICAS } from '../start/settings';
import { freePorts } from './free-ports';

const ROOT = join(__dirname, '..', '..');
const FROM_SOURCES = join(ROOT, 'libs', 'service-kit', 'test', 'run-typescript.cjs');
const SERVICE_PORTS = serviceNames
  .map(serviceDefinition)
  .flatMap(({ portVariable, managementPortVariable }) => [portVariable, managementPortVariable]);
/** The ports that the tests name. */
type NamedPort =
  | 'ORDER_PORT'
  | 'HISTORY_PORT'
  | 'ORDER_MANAGEMENT_PORT'
  | 'HISTORY_MANAGEMENT_PORT'
  | 'CLUSTER_MANAGEMENT_PORT'
  | 'CONSOLE_PORT'
  | 'CLUSTER_PORT';

describe('npm start', () => {
  let directory: string;
  let ports: Record<NamedPort, number>;
  const running: Started[] = [];

  class Started {
    output = '';
    readonly #child: ChildProcess;

    constructor(args: string[] = [], more: Record<string, string> = {}) {
      const environment = {
        ...Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)])),
        ...more,
      };
      this.#child = spawn(process.execPath, ['-r', FROM_SOURCES, join(ROOT, 'tools', 'start.ts'), ...args], {
        cwd: directory,
        env: { PATH: process.env.PATH, HOME: directory, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      for (const stream of [this.#child.stdout, this.#child.stderr]) {
        stream?.setEncoding('utf8').on('data', (text: string) => {
          this.output += text;
        });
      }
      running.push(this);
    }

    get exitCode(): number | null {
      return this.#child.exitCode;
    }

    async says(text: string): Promise<void> {
      await until(
        () => `"${text}" in:\n${this.output}`,
        () => this.output.includes(text) || this.hasEnded,
        { timeoutMs: 40_000 },
      );
      expect(this.output).toContain(text);
    }

    get hasEnded(): boolean {
      return this.#child.exitCode !== null || this.#child.signalCode !== null;
    }

    async ends(): Promise<void> {
      await until('the end', () => this.hasEnded, { timeoutMs: 30_000 });
    }

    signal(name: NodeJS.Signals): void {
      this.#child.kill(name);
    }
  }

  // All tests share one directory: each start finds what the previous one left.
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'npm-start-'));
    chmodSync(directory, 0o755);
    const names = [...SERVICE_PORTS, 'CLUSTER_MANAGEMENT_PORT', 'CONSOLE_PORT', 'CLUSTER_PORT'];
    const first = await freePorts(names.length + REPLICAS);
    ports = Object.fromEntries(names.map((name, index) => [name, first + index])) as typeof ports;
  });
  afterEach(async () => {
    for (const started of running.splice(0)) {
      started.signal('SIGKILL');
      await started.ends();
    }
    await until('everything it started to be gone', () => processesOf(directory).length === 0, {
      timeoutMs: 20_000,
    });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const url = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
  const pasted = async (output: string) => {
    const walk = output.slice(output.indexOf('  TOKEN='), output.indexOf('\nCtrl-C stops'));
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `set -e\n${walk}`]);
    return stdout + stderr;
  };

  const statusOfOrder = async (id: string, { output }: Started) => {
    const [, token] = /TOKEN=(\S+)/.exec(output)!;
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${url('ORDER_PORT')}/orders/${id}`, { headers })).status;
  };
  let orderId: string;

  it('stops when asked to while it is still starting', async () => {
    const started = new Started();
    await started.says('Initialising');
    started.signal('SIGINT');
    await started.ends();
    expect([started.exitCode, processesOf(directory)]).toEqual([0, []]);
    expect(started.output).not.toContain('Error');
  });

  it('starts cluster and services, serves the requests that it prints, and stops on SIGTERM', async () => {
    const started = new Started();
    await started.says('Ctrl-C stops everything');
    const answers = await pasted(started.output);
    orderId = /(?<=\/orders\/)[\da-f-]{36}/.exec(answers)![0];
    expect(answers.match(/HTTP\/1\.1 (200|201)/g)).toHaveLength(5);
    expect(answers).toContain(
      `x-db-route: node=127.0.0.1:${ports.CLUSTER_PORT};role=primary;reason=transaction`,
    );
    expect(answers.match(/x-db-route: [^\n]*role=replica/g)?.length).toBeGreaterThanOrEqual(2);
    expect(answers.match(/consistency-token: /g)).toHaveLength(5);
    // The order, its details, the history and the latest order: each shows at least what was just written.
    expect(answers.match(new RegExp(`"id":"${orderId}"`, 'g'))).toHaveLength(4);
    for (const name of ['ORDER_PORT', 'HISTORY_PORT'] as const) {
      expect((await fetch(`${url(name)}/health/ready`)).status).toBe(200);
    }
    for (const name of ['ORDER_MANAGEMENT_PORT', 'HISTORY_MANAGEMENT_PORT'] as const) {
      expect((await fetch(`${url(name)}/metrics`)).status).toBe(200);
    }
    const usage = await (await fetch(`${url('CLUSTER_MANAGEMENT_PORT')}/metrics`)).text();
    for (let number = 0; number <= REPLICAS; number++) {
      const node = `{node="127.0.0.1:${ports.CLUSTER_PORT + number}"}`;
      expect(usage).toContain(`postgres_node_cpu_seconds_total${node} `);
      expect(usage).toContain(`postgres_node_memory_bytes${node} `);
    }
    const page = await fetch(url('CONSOLE_PORT'));
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(started.output).toContain(`See it live: ${url('CONSOLE_PORT')}`);
    started.signal('SIGTERM');
    await started.ends();
    expect([started.exitCode, processesOf(directory)]).toEqual([0, []]);
  });

  it('keeps the data, and leaves no service and no server behind when it is SIGKILLed', async () => {
    const started = new Started();
    await started.says('Ctrl-C stops everything');
    expect(started.output).toContain('schema is up to date');
    expect(await statusOfOrder(orderId, started)).toBe(200);
    // The servers, the services, and the tool itself.
    expect(processesOf(directory)).toHaveLength(1 + REPLICAS + serviceNames.length + 1);
    started.signal('SIGKILL');
    await until('all to be gone', () => processesOf(directory).length === 0, { timeoutMs: 20_000 });
  });

  it('starts over with --reset; stops everything and exits 1 when a service dies', async () => {
    const started = new Started(['--reset']);
    await started.says('Ctrl-C stops everything');
    expect(await statusOfOrder(orderId, started)).toBe(404);
    const victim = processesOf(directory).find(({ command }) => command.includes('history-service'))!;
    process.kill(victim.pid, 'SIGKILL');
    await started.ends();
    expect(started.output).toContain('history-service exited unexpectedly (SIGKILL)');
    expect([started.exitCode, processesOf(directory)]).toEqual([1, []]);
  });

  it('starts its own database even if .env has one for a service started alone', async () => {
    const env = join(directory, '.env');
    const secret = join(directory, 'secret');
    writeFileSync(secret, 'a-secret-of-our-own-that-is-long-enough\n');
    writeFileSync(
      env,
      [
        'DATABASE_URL=postgres://order_service@db.example/shop',
        `DATABASE_PASSWORD_FILE=${secret}`,
        'DATABASE_MONITOR_USER=monitor',
        `DATABASE_MONITOR_PASSWORD_FILE=${secret}`,
        `JWT_SECRET_FILE=${secret}`,
      ].join('\n'),
    );
    try {
      const started = new Started();
      await started.says('Ctrl-C stops everything');
      started.signal('SIGTERM');
      await started.ends();
      expect([started.exitCode, processesOf(directory)]).toEqual([0, []]);
    } finally {
      rmSync(env);
    }
  });

  it.each([
    ['HOST', '203.0.113.7', 'HOST is "203.0.113.7", and it cannot be listened on: EADDRNOTAVAIL.'],
    [
      'HISTORY_PORT',
      '10080',
      'HISTORY_PORT is 10080, which browsers and fetch() refuse; set it to another port.',
    ],
  ])('names %s=%s, which cannot be used, and starts nothing', async (name, value, message) => {
    const started = new Started([], { [name]: value });
    await started.ends();
    expect([started.exitCode, started.output]).toEqual([1, `${message}\n`]);
    expect(processesOf(directory)).toEqual([]);
  });

  it.each([
    'ORDER_PORT',
    'HISTORY_PORT',
    'ORDER_MANAGEMENT_PORT',
    'CONSOLE_PORT',
    'CLUSTER_MANAGEMENT_PORT',
    'CLUSTER_PORT',
  ] as const)('names a taken %s in one line, exits 1 and starts nothing', async (name) => {
    const taken = ports[name];
    const inUse = `Port ${taken} is already in use; set ${name} to another one.`;
    const range = ` It is ${taken} now, and the database needs ${taken} to ${taken + 2}.`;
    const message = name === 'CLUSTER_PORT' ? inUse + range : inUse;
    const squatter = createServer().listen(taken, '127.0.0.1');
    await new Promise((resolve) => squatter.once('listening', resolve));
    const started = new Started();
    await started.ends();
    expect([started.exitCode, started.output]).toEqual([1, `${message}\n`]);
    expect(processesOf(directory)).toEqual([]);
    await new Promise((resolve) => squatter.close(resolve));
  });
});

/** Finds servers by their data directory, and services and the tool by their working directory. */
function processesOf(directory: string): { pid: number; command: string }[] {
  return readdirSync('/proc').flatMap((entry) => {
    try {
      const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8');
      const isOurs = command.includes(`-D ${directory}`) || environment.includes(`HOME=${directory}\0`);
      return isOurs ? [{ pid: Number(entry), command }] : [];
    } catch {
      return [];
    }
  });
}
