import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PostgresCluster } from '@app/postgres-cluster';
import { startCluster } from '../test-cluster';

const ROOT = resolve(__dirname, '../../../..');
const RUN_TYPESCRIPT = join(ROOT, 'libs/service-kit/test/run-typescript.cjs');
const TYPEORM_CLI = join(ROOT, 'node_modules/typeorm/cli.js');
/** How long a process may run before the test gives up on it, in milliseconds. */
const HANGS_AFTER_MS = 60_000;

/** What a user writes for the CLI: a pool, and a file that exports a data source on it. */
const dataSourceFile = (url: string, monitor: object) => `
const { RoutedPool } = require('db-routing');
const { RoutedDataSource, routedDataSourceOptions } = require('db-routing/typeorm');
const { EntitySchema } = require('${ROOT}/node_modules/typeorm');

const Ticket = new EntitySchema({
  name: 'ticket',
  columns: { id: { type: Number, primary: true, generated: true }, title: { type: 'text' } },
});

class MakeVisit1700000000001 {
  async up(runner) {
    // Longer than the pool's statement limit.
    await runner.query('CREATE TABLE visit AS SELECT pg_sleep(1.5)::text');
  }
  async down(runner) {
    await runner.query('DROP TABLE visit');
    await runner.query('SELECT pg_sleep(1.5)');
  }
}

exports.default = RoutedPool.start({
  url: ${JSON.stringify(url)},
  monitor: ${JSON.stringify(monitor)},
  statementTimeoutMs: 700,
}).then((pool) => new RoutedDataSource(
  routedDataSourceOptions(pool, { entities: [Ticket], migrations: [MakeVisit1700000000001] }),
));
`;

describe("TypeORM's CLI on a routed data source", () => {
  let cluster: PostgresCluster;
  let folder: string;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    folder = await mkdtemp(join(tmpdir(), 'typeorm-cli-'));
    const source = dataSourceFile(cluster.url('migrator'), cluster.credentials('monitor'));
    await writeFile(join(folder, 'data-source.js'), source);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await cluster.stop();
  });

  /** The CLI's output. Rejects when the CLI fails or hangs. */
  function typeorm(...args: string[]): Promise<string> {
    const child = spawn(
      process.execPath,
      ['--require', RUN_TYPESCRIPT, TYPEORM_CLI, ...args, '-d', join(folder, 'data-source.js')],
      { cwd: ROOT, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), HANGS_AFTER_MS);
    return new Promise((done, fail) => {
      child.on('close', (code, signal) => {
        clearTimeout(timer);
        if (code === 0) done(output);
        else fail(new Error(`typeorm ${args[0]} ended with ${code ?? signal}: ${output}`));
      });
    });
  }

  async function hasTable(name: string): Promise<boolean> {
    const { rows } = await cluster.primary.query('SELECT to_regclass($1) AS found', [name]);
    return rows[0]?.['found'] !== null;
  }

  it('migration:run, :show and :revert do their work and exit', async () => {
    await typeorm('migration:run');
    expect(await hasTable('visit')).toBe(true);
    expect(await typeorm('migration:show')).toContain('[X] 1 MakeVisit1700000000001');
    await typeorm('migration:revert');
    expect(await hasTable('visit')).toBe(false);
    expect(await typeorm('migration:revert')).toContain('Nothing to revert');
  }, 300_000);

  it('migration:generate, schema:log, schema:sync and query do their work and exit', async () => {
    await typeorm('migration:generate', join(folder, 'Tickets'), '-o');
    const made = (await readdir(folder)).find((name) => name.endsWith('-Tickets.js'));
    expect(await readFile(join(folder, made!), 'utf8')).toContain('CREATE TABLE "ticket"');
    expect(await typeorm('schema:log')).toContain('CREATE');
    await typeorm('schema:sync');
    expect(await hasTable('ticket')).toBe(true);
    expect(await typeorm('query', 'SELECT 40 + 2 AS answer')).toContain('42');
  }, 300_000);
});
