import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, withReadConsistency } from '../../src';
import { systemClock } from '../../src/clock';
import { LaneLab } from '../lanes-support';
import { eventually, startPool, untilAllFit } from '../support';
import { inClientTransaction } from '../client/support';
import { CHANGES } from './schema-changes';
import { Load, suspicions } from './support';
import { startCluster } from '../test-cluster';

const DROP = [
  'DROP TABLE IF EXISTS thing',
  'DROP TYPE IF EXISTS kind',
  'DROP DOMAIN IF EXISTS short',
  'DROP EXTENSION IF EXISTS citext',
];
const GRANT = [
  'GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC',
  'GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC',
];

const INSERT = 'INSERT INTO thing (v) VALUES ($1) RETURNING v';
const FIND = 'SELECT v FROM thing WHERE v = $1 LIMIT 1';

describe('a schema that somebody else changes under statements that are kept', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let suspected: string[];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
  });
  afterAll(() => cluster.stop());

  const open: RoutedPool[] = [];
  afterEach(() => Promise.all(open.splice(0).map((each) => each.end())));

  const run = (statements: readonly string[]) => cluster.primary.query(statements.join('; '));
  const start = async (before: readonly string[]) => {
    await run([...DROP, ...before, ...GRANT]);
    await cluster.waitForReplication();
    pool = await startPool(cluster, { maxConnectionsPerNode: 4 });
    open.push(pool);
    await untilAllFit(pool);
    suspected = suspicions(pool);
  };
  const inTransaction = (value: unknown) =>
    pool.transactions.run({}, async () => {
      await pool.query(INSERT, [value]);
      await pool.query(FIND, [value]);
      await pool.query('SELECT 1');
      await pool.query(INSERT, [value]);
    });
  const byClient = (value: unknown) =>
    inClientTransaction(pool, async (client) => {
      await client.query(INSERT, [value]);
      await client.query(FIND, [value]);
    });
  const works = (value: unknown) => [
    () => pool.query(INSERT, [value]),
    () => pool.query(FIND, [value]),
    () => withReadConsistency('strong', () => pool.query(FIND, [value])),
    () => inTransaction(value),
    () => byClient(value),
    () => pool.transactions.run({ readOnly: true }, () => pool.query(FIND, [value])),
  ];

  it.each(CHANGES)('fails nothing, under load: $name', async ({ before, changes, value }) => {
    await start(before);
    const loads = works(value).map((work) => new Load(2, work));
    const more = (runs: number) => {
      const from = loads.map((load) => load.runs);
      return eventually(
        'all go on',
        () => loads.every((load, i) => load.runs >= (from[i] ?? 0) + runs),
        30_000,
      );
    };
    await more(60);
    await run(changes);
    await cluster.waitForReplication();
    await more(60);
    await Promise.all(loads.map((load) => load.stop()));
    expect(loads.flatMap(({ failures }) => failures)).toEqual([]);
    expect(suspected).toEqual([]);
  });

  it('takes values that only the new type can hold', async () => {
    await start(['CREATE TABLE thing (id serial PRIMARY KEY, v int)']);
    for (let i = 0; i < 30; i++) await Promise.all(works(1).map((work) => work()));
    await run(['ALTER TABLE thing ALTER COLUMN v TYPE bigint']);
    await cluster.waitForReplication();
    for (let i = 0; i < 10; i++) await Promise.all(works('9007199254740993').map((work) => work()));
  });

  it('lets a value that is wrong be the caller’s own error, again and again, and keeps the statement', async () => {
    await start(['CREATE TABLE thing (id serial PRIMARY KEY, v int)']);
    for (let i = 0; i < 30; i++) await Promise.all(works(1).map((work) => work()));
    for (let i = 0; i < 10; i++) {
      for (const work of works('no number')) await expect(work()).rejects.toMatchObject({ code: '22P02' });
      for (const work of works('99999999999')) await expect(work()).rejects.toMatchObject({ code: '22003' });
    }
    const preparedBefore = await prepared();
    await Promise.all(works(1).map((work) => work()));
    expect(await prepared()).toEqual(preparedBefore);
    expect(preparedBefore).toContain(INSERT);
    expect(suspected).toEqual([]);
  });

  it('keeps the order of what a client is given, though the first has to be sent twice', async () => {
    await start(['CREATE TABLE thing (id serial PRIMARY KEY, v int)']);
    const client = await pool.connect();
    await client.query("SET application_name = 'bound'");
    for (let i = 0; i < 10; i++) await client.query(INSERT, [i]);
    await run(['ALTER TABLE thing ALTER COLUMN v TYPE bigint']);
    const last = '9007199254740993';
    await Promise.all([
      client.query(INSERT, [last]),
      client.query('INSERT INTO thing (v) VALUES (0)'),
      client.query(INSERT, [5]),
    ]);
    const newest = 'SELECT v FROM thing ORDER BY id DESC LIMIT 3';
    expect((await client.query(newest)).rows).toEqual([{ v: '5' }, { v: '0' }, { v: last }]);
    // A statement that is not awaited is answered before another caller gets the connection.
    await run(['ALTER TABLE thing ALTER COLUMN v TYPE text']);
    const unawaited = [client.query(INSERT, ['x']), client.query(INSERT, ['y'])];
    client.release();
    await Promise.all(unawaited);
    expect((await cluster.primary.query(newest)).rows).toEqual([{ v: 'y' }, { v: 'x' }, { v: '5' }]);
  });

  it('is noticed after a minute where nothing fails: the server reads what it is given as it always has', async () => {
    await run([...DROP, 'CREATE TABLE thing (id serial PRIMARY KEY, v date)', ...GRANT]);
    let nowMs = 0;
    const lab = new LaneLab(cluster.primary, { clock: { ...systemClock, now: () => nowMs } });
    const count = () => lab.rows('SELECT count(*)::int AS n FROM thing WHERE v > $1', ['2026-01-01 12:00']);
    for (let i = 0; i < 10; i++) await count();
    await run([
      'ALTER TABLE thing ALTER COLUMN v TYPE timestamp',
      "INSERT INTO thing (v) VALUES ('2026-01-01 06:00')",
    ]);
    expect(await count()).toEqual([{ n: 1 }]);
    nowMs += 60_001;
    expect(await count()).toEqual([{ n: 0 }]);
    await lab.end();
  });

  const prepared = async (): Promise<string[]> => {
    const found = new Set<string>();
    await Promise.all(
      Array.from({ length: 4 }, () =>
        pool.transactions.run({}, async () => {
          const { rows } = await pool.query<{ statement: string }>(
            'SELECT statement FROM pg_prepared_statements, pg_sleep(0.1)',
          );
          for (const { statement } of rows) found.add(statement);
        }),
      ),
    );
    return [...found].sort();
  };
});
