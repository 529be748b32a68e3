import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCluster } from '../test-cluster';
import { install, pack, ROOT, tested } from './packed';

const run = promisify(execFile);

/** node-postgres with its dependencies, the parser, and zod for the schemas of rules. */
const LOADED = [
  'db-routing',
  'leven',
  'libpg-query',
  'pg',
  'pg-connection-string',
  'pg-int8',
  'pg-pool',
  'pg-protocol',
  'pg-types',
  'postgres-array',
  'postgres-bytea',
  'postgres-date',
  'postgres-interval',
  'xtend',
  'zod',
];
/**
 * Loaded only when used (pg-cloudflare: never; pgpass: for passwords from a file), or read only by compilers.
 */
const INSTALLED_BESIDE = [
  '@types/node',
  '@types/pg',
  '@pgsql/types',
  'pg-cloudflare',
  'pgpass',
  'split2',
  'undici-types',
];
const FRESH_PROCESSES = 5;

const LOAD = `
const startedAtMs = performance.now();
const { RoutedPool } = require('db-routing');
const tookMs = performance.now() - startedAtMs;
const packages = Object.keys(require.cache).map((path) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(path)?.[1]);
console.log(JSON.stringify({ type: typeof RoutedPool.start, tookMs, packages: [...new Set(packages)] }));
`;

const NAMES = `
import { createRequire } from 'node:module';
import * as imported from 'db-routing';
import { RoutedPool, runInTransaction, Session, RoutingError, Transactional } from 'db-routing';
const required = createRequire(import.meta.url)('db-routing');
const missing = Object.keys(required).filter((name) => imported[name] !== required[name]);
console.log(JSON.stringify({
  missing,
  types: [RoutedPool, runInTransaction, Session, RoutingError, Transactional].map((each) => typeof each),
}));
`;

const QUERIES = `
import { RoutedPool, runInTransaction } from 'db-routing';
const pool = await RoutedPool.start({
  url: process.env.DATABASE_URL,
  monitor: { user: process.env.MONITOR_USER, password: process.env.MONITOR_PASSWORD },
});
await runInTransaction(async () => {
  await pool.query('CREATE TABLE note (text text)');
  await pool.query('INSERT INTO note VALUES ($1)', ['hello']);
});
const { rows } = await pool.query('SELECT text FROM note');
await pool.end();
console.log(JSON.stringify(rows));
`;

const TYPED = `
import { type ConsistencyLevel, RoutedPool, type RoutedPoolOptions, runInTransaction, Transactional } from 'db-routing';
import type { PoolClient } from 'pg';

export class Notes {
  constructor(private readonly pool: RoutedPool) {}

  @Transactional({ readOnly: true })
  async all(): Promise<string[]> {
    const { rows } = await this.pool.query<{ text: string }>('SELECT text FROM note');
    return rows.map(({ text }) => text);
  }
}

export async function main(options: RoutedPoolOptions, level: ConsistencyLevel): Promise<PoolClient> {
  const pool = await RoutedPool.start({ ...options, maxStalenessMs: 1_000 });
  await runInTransaction({ timeoutMs: 1_000 }, () => new Notes(pool).all());
  // @ts-expect-error -- there is no such option
  await RoutedPool.start({ ...options, maxStaleness: level });
  return pool.connect();
}
`;

describe('db-routing beside plain pg, with nothing else installed', () => {
  let folder: string;
  const application = () => join(folder, 'application');
  const node = async (file: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> => {
    const options = { cwd: application(), timeout: 60_000, env: { PATH: process.env['PATH'], ...env } };
    const { stdout } = await run(process.execPath, [file], options);
    return JSON.parse(stdout) as unknown;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plain-pg-'));
    await install(application(), await pack(folder), ['pg', '@types/node'].map(tested));
    const files = { 'load.cjs': LOAD, 'names.mjs': NAMES, 'queries.mjs': QUERIES, 'typed.ts': TYPED };
    for (const [name, text] of Object.entries(files)) await writeFile(join(application(), name), text);
  }, 240_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('installs node-postgres and what its door needs', async () => {
    const modules = join(application(), 'node_modules');
    const entries = (await readdir(modules)).filter((name) => !name.startsWith('.'));
    const installed = await Promise.all(
      entries.map(async (name) =>
        name.startsWith('@') ? (await readdir(join(modules, name))).map((each) => `${name}/${each}`) : [name],
      ),
    );
    const known = [...LOADED, ...INSTALLED_BESIDE];
    expect(installed.flat().filter((name) => !known.includes(name))).toEqual([]);
  });

  it('loads no other package', async () => {
    const times: number[] = [];
    for (let count = 0; count < FRESH_PROCESSES; count++) {
      const { type, tookMs, packages } = (await node('load.cjs')) as {
        type: string;
        tookMs: number;
        packages: (string | null)[];
      };
      expect(type).toBe('function');
      // null: the script itself.
      expect(packages.filter((name) => name !== null).sort()).toEqual(LOADED);
      times.push(tookMs);
    }
    const medianMs = times.sort((one, other) => one - other)[Math.floor(FRESH_PROCESSES / 2)]!;
    process.stdout.write(
      `require('db-routing'): ${medianMs.toFixed(0)} ms, the median of ${FRESH_PROCESSES} fresh processes\n`,
    );
  });

  it('gives an ES module every name, and the same things', async () => {
    expect(await node('names.mjs')).toEqual({ missing: [], types: Array(5).fill('function') });
  });

  it('reads and writes', async () => {
    const cluster = await startCluster({ replicas: 1 });
    try {
      const { user, password } = cluster.credentials('monitor');
      const environment = {
        DATABASE_URL: cluster.url('migrator'),
        MONITOR_USER: user,
        MONITOR_PASSWORD: password,
      };
      expect(await node('queries.mjs', environment)).toEqual([{ text: 'hello' }]);
    } finally {
      await cluster.stop();
    }
  });

  it.each([
    ['node16', 'node16'],
    ['esnext', 'bundler'],
    ['node20', 'nodenext'],
  ])(
    'has types of its own: module %s, moduleResolution %s',
    async (module, moduleResolution) => {
      const options = { target: 'es2022', module, moduleResolution, strict: true, noEmit: true, types: [] };
      const settings = {
        // Without skipLibCheck, everything that the declarations name must exist.
        compilerOptions: { ...options, experimentalDecorators: true, skipLibCheck: false },
        files: ['typed.ts'],
      };
      await writeFile(join(application(), 'tsconfig.json'), JSON.stringify(settings));
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', '.'], {
        cwd: application(),
        timeout: 120_000,
        encoding: 'utf8',
      });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    },
    150_000,
  );
});
