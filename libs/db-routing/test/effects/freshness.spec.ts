import { Client, Query } from 'pg';
import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

type Run = (pool: RoutedPool, text: string) => Promise<unknown>;

async function byHand(pool: RoutedPool, texts: readonly string[]): Promise<void> {
  const client = await pool.connect();
  try {
    for (const text of texts) await client.query(text);
  } finally {
    client.release();
  }
}

/** The statements as query objects of node-postgres, which report their end to the caller by callback. */
async function byQueryObjects(pool: RoutedPool, texts: readonly string[]): Promise<void> {
  const client = await pool.connect();
  try {
    for (const text of texts) {
      await new Promise<void>((resolve, reject) => {
        client.query(new Query(text, (error) => (error ? reject(error) : resolve())));
      });
    }
  } finally {
    client.release();
  }
}

/** The ways in which definitions change through the pool. */
const WAYS: readonly (readonly [string, Run])[] = [
  ['pool.query', (pool, text) => pool.query(text)],
  ['a client', (pool, text) => byHand(pool, [text])],
  ['a managed transaction', (pool, text) => runInTransaction(() => pool.query(text))],
  ['a transaction by hand', (pool, text) => byHand(pool, ['BEGIN', text, 'COMMIT'])],
  ['a query object', (pool, text) => byQueryObjects(pool, [text])],
  ['a transaction of query objects', (pool, text) => byQueryObjects(pool, ['BEGIN', text, 'COMMIT'])],
  [
    'a query object on the pool',
    (pool, text) => new Promise((resolve) => pool.query(new Query(text, () => resolve(undefined)))),
  ],
  ['a text of several statements', (pool, text) => pool.query(`SELECT 1; ${text}`)],
  ['a block', (pool, text) => pool.query(`DO $do$ BEGIN ${text}; END $do$`)],
  [
    'a block that makes it at run time',
    (pool, text) => pool.query(`DO $do$ BEGIN EXECUTE $ddl$${text}$ddl$; END $do$`),
  ],
  ['a function', (pool, text) => pool.query('SELECT run_ddl($1)', [text])],
  ['a procedure', (pool, text) => pool.query('CALL call_ddl($1)', [text])],
  ['a trigger', (pool, text) => pool.query('INSERT INTO ddl_queue VALUES ($1)', [text])],
  [
    'a transaction prepared before',
    (pool, text) => byHand(pool, [`BEGIN; ${text}; PREPARE TRANSACTION 'ddl'`, `COMMIT PREPARED 'ddl'`]),
  ],
];

const SCHEMA = `
  CREATE FUNCTION run_ddl(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; END $$;
  CREATE PROCEDURE call_ddl(text) LANGUAGE plpgsql AS $$ BEGIN EXECUTE $1; COMMIT; END $$;
  CREATE FUNCTION ddl_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE NEW.text; RETURN NEW; END $$;
  CREATE TABLE ddl_queue (text text);
  CREATE TRIGGER running AFTER INSERT ON ddl_queue FOR EACH ROW EXECUTE FUNCTION ddl_trigger();
  CREATE TABLE numbers (n int);
  CREATE SEQUENCE counter;`;

let functions = 0;

describe('definitions that are changed through the pool', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, settings: { max_prepared_transactions: '5' } });
    pool = await startPool(cluster, { catalogRefreshMs: 3_600_000 });
    await pool.query(SCHEMA);
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const targetOf = (text: string): string => pool.explainRoute(text).understood.target;

  it.each(WAYS)(
    'are known before the answer is given: a function becomes VOLATILE, by %s',
    async (_way, run) => {
      const name = `changing_${(functions += 1)}`;
      const text = `SELECT ${name}()`;
      const define = (label: string, body: string) =>
        `CREATE OR REPLACE FUNCTION ${name}() RETURNS bigint LANGUAGE sql ${label} AS $f$ ${body} $f$`;
      await run(pool, define('STABLE', 'SELECT count(*) FROM numbers'));
      expect(targetOf(text)).toBe('replica');
      await run(pool, define('VOLATILE', "SELECT nextval('counter')"));
      expect(targetOf(text)).toBe('primary');
    },
  );

  it.each(WAYS)(
    'are known before the answer is given: a view calls another function, by %s',
    async (_way, run) => {
      const name = `changing_view_${(functions += 1)}`;
      await run(pool, `CREATE VIEW ${name} AS SELECT count(*) AS n FROM numbers`);
      expect(targetOf(`SELECT n FROM ${name}`)).toBe('replica');
      await run(pool, `CREATE OR REPLACE VIEW ${name} AS SELECT nextval('counter') AS n`);
      expect(targetOf(`SELECT n FROM ${name}`)).toBe('primary');
    },
  );

  it('are known when a table is made, altered and dropped', async () => {
    await pool.query('CREATE TABLE coming (n int)');
    expect(targetOf('SELECT n FROM coming')).toBe('replica');
    await pool.query('ALTER TABLE coming SET UNLOGGED');
    expect(targetOf('SELECT n FROM coming')).toBe('primary');
    await pool.query('ALTER TABLE coming SET LOGGED');
    expect(targetOf('SELECT n FROM coming')).toBe('replica');
    await pool.query('DROP TABLE coming');
    expect(pool.explainRoute('SELECT n FROM coming').understood.reason).toBe('unknown-relation');
    await pool.query('SELECT 1 AS n INTO coming');
    expect(targetOf('SELECT n FROM coming')).toBe('replica');
  });

  it('are known to all who change some at once', async () => {
    const names = Array.from({ length: 12 }, (_, n) => `at_once_${n}`);
    await Promise.all(
      names.map(async (name) => {
        await pool.query(`CREATE TABLE ${name} (n int)`);
        expect(targetOf(`SELECT n FROM ${name}`)).toBe('replica');
      }),
    );
  });

  it('are left as they were where a transaction is rolled back', async () => {
    await runInTransaction(async () => {
      await pool.query('CREATE TABLE never (n int)');
      throw new Error('rolled back');
    }).catch(() => undefined);
    expect(pool.explainRoute('SELECT n FROM never').understood.reason).toBe('unknown-relation');
  });

  it('make no statement in the same transaction harmless that was so before', async () => {
    await pool.query(`CREATE OR REPLACE FUNCTION soon() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1'`);
    for (let round = 0; round < 5; round += 1) {
      await runInTransaction(async () => {
        await pool.query(`CREATE OR REPLACE FUNCTION soon() RETURNS int LANGUAGE plpgsql VOLATILE AS
          $$ BEGIN PERFORM set_config('my.tenant', 'acme', false); RETURN 1; END $$`);
        await pool.query('SELECT soon()');
      });
      const { rows } = await runInTransaction(() =>
        pool.query("SELECT current_setting('my.tenant', true) AS tenant"),
      );
      expect(rows[0]?.['tenant']).not.toBe('acme');
    }
  });
});

describe('definitions that are changed elsewhere', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
  });

  afterAll(() => cluster.stop());

  it('are known after catalogRefreshMs', async () => {
    const pool = await startPool(cluster, { catalogRefreshMs: 200 });
    try {
      await cluster.primary.query('CREATE TABLE elsewhere (n int)');
      await eventually(
        'the table is known',
        () => pool.explainRoute('SELECT n FROM elsewhere').understood.target === 'replica',
      );
    } finally {
      await pool.end();
    }
  });

  it('are looked for at a pace that can be kept', async () => {
    await expect(startPool(cluster, { catalogRefreshMs: 0 })).rejects.toThrow('catalogRefreshMs is 0');
  });

  it('that cannot be read again are taken for the worst, until they can', async () => {
    const pool = await startPool(cluster, { catalogRefreshMs: 3_600_000, statementTimeoutMs: 1000 });
    try {
      const warnings: Error[] = [];
      pool.on('warning', (error) => warnings.push(error));
      await cluster.primary.query('CREATE TABLE IF NOT EXISTS held (n int)');
      const lock = await holdCatalog(cluster);
      await pool.query({ text: 'DO $$ BEGIN EXECUTE $x$SELECT 1$x$; END $$' });
      expect(pool.explainRoute('SELECT 1').understood.reason).toBe('unknown-definitions');
      expect(warnings.length).toBeGreaterThan(0);
      await lock.release();
      await eventually('definitions are known', () => {
        const { understood } = pool.explainRoute('SELECT n FROM held');
        return understood.target === 'replica';
      });
    } finally {
      await pool.end();
    }
  });
});

/** Locks the tables that the catalog is read from, so that reading it takes as long as a statement may. */
async function holdCatalog(cluster: PostgresCluster): Promise<{ release: () => Promise<void> }> {
  const client = new Client({ connectionString: cluster.primary.url('postgres') });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE pg_catalog.pg_policy IN ACCESS EXCLUSIVE MODE');
  return {
    release: async () => {
      await client.query('ROLLBACK');
      await client.end();
    },
  };
}
