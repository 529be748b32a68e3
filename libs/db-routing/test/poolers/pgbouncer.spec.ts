import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { Client, Query } from 'pg';
import { PoolerStateError, RoutedPool, type RoutedPoolOptions, Session } from '../../src';
import { eventually, untilAllFit } from '../support';
import { PGBOUNCER, PgBouncers } from './pgbouncer';
import { startCluster } from '../test-cluster';

const ABSENT = 'PgBouncer is not installed (apt-get install pgbouncer): nothing of it is tested';

if (PGBOUNCER === undefined) {
  if (process.env['CI'] === 'true') it('is installed', () => fail(ABSENT));
  else it.skip(ABSENT, () => undefined);
} else describe('behind PgBouncer that works by transaction', describePgBouncer);

function fail(why: string): never {
  throw new Error(why);
}

function describePgBouncer(): void {
  let cluster: PostgresCluster;
  let bouncers: PgBouncers;
  const pools: RoutedPool[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE item (id serial PRIMARY KEY, label text)');
    await cluster.primary.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await cluster.primary.query('GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
    // So few server connections that they change hands all the time.
    bouncers = await PgBouncers.start(cluster, ['default_pool_size = 3']);
  });

  afterEach(async () => {
    await Promise.all(pools.splice(0).map((pool) => pool.end()));
  });

  afterAll(async () => {
    await bouncers.stop();
    await cluster.stop();
  });

  async function start(options: Partial<RoutedPoolOptions> = { pooler: 'transaction' }): Promise<RoutedPool> {
    const pool = await RoutedPool.start({
      url: bouncers.url,
      monitor: cluster.credentials('monitor'),
      probeIntervalMs: 300,
      maxStalenessMs: 3000,
      startTimeoutMs: 5000,
      ...options,
    });
    pools.push(pool);
    await untilAllFit(pool);
    return pool;
  }

  async function sleepers(node: ClusterNode): Promise<number> {
    const { rows } = await node.query<{ count: number }>(
      `SELECT count(*)::int FROM pg_stat_activity
        WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%pg_sleep%'`,
    );
    return rows[0]!.count;
  }

  it.each<Partial<RoutedPoolOptions>>([{ pooler: 'transaction' }, { prepareStatements: false }])(
    'several processes use it at once, with %j',
    async (options) => {
      for (const pool of [await start(options), await start(options), await start(options)]) {
        expect(pool.topology.primary).toBeDefined();
        const { rows } = await pool.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
        expect(rows).toEqual([{ replica: true }]);
      }
    },
  );

  it('a session reads what it has written, from replicas', async () => {
    const pool = await start({ pooler: 'transaction', positionWaitMs: 2000 });
    let fromReplicas = 0;
    pool.on('statement', ({ role, work, outcome }) => {
      if (role === 'replica' && work === 'read' && outcome === 'answered') fromReplicas += 1;
    });
    const write = async (): Promise<void> => {
      const session = new Session();
      for (let i = 0; i < 10; i++) {
        await session.run(async () => {
          const { rows } = await pool.query<{ id: number }>(
            "INSERT INTO item (label) VALUES ('new') RETURNING id",
          );
          const found = await pool.query('SELECT 1 FROM item WHERE id = $1', [rows[0]!.id]);
          expect(found.rows).toHaveLength(1);
        });
      }
    };
    await Promise.all(Array.from({ length: 10 }, write));
    expect(fromReplicas).toBeGreaterThan(0);
  });

  it('transactions commit and roll back as a whole', async () => {
    const pool = await start();
    const insert = () => pool.query("INSERT INTO item (label) VALUES ('whole')");
    await pool.transactions.run({}, async () => {
      await insert();
      await insert();
    });
    await expect(
      pool.transactions.run({}, async () => {
        await insert();
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const { rows } = await cluster.primary.query(
      "SELECT count(*)::int AS count FROM item WHERE label = 'whole'",
    );
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('nothing is named on the server', async () => {
    const pool = await start();
    for (let i = 0; i < 20; i++) {
      const input = { name: 'mine', text: 'SELECT label FROM item WHERE id = $1', values: [i] };
      await Promise.all(Array.from({ length: 8 }, () => pool.query(input)));
    }
    const clients = bouncers.urls.map((connectionString) => new Client({ connectionString }));
    for (const client of clients) {
      await client.connect();
      // On any of the server's connections.
      for (let i = 0; i < 10; i++) {
        const { rows } = await client.query('SELECT name FROM pg_prepared_statements');
        expect(rows).toEqual([]);
      }
      await client.end();
    }
  });

  describe('the limits hold on the server', () => {
    const isCancelled = { code: '57014', message: 'canceling statement due to statement timeout' };
    let pool: RoutedPool;

    beforeEach(async () => {
      pool = await start({
        pooler: 'transaction',
        statementTimeoutMs: 400,
        idleInTransactionTimeoutMs: 400,
      });
    });

    it('for a read, which runs nowhere then', async () => {
      await expect(pool.query('SELECT pg_sleep(20)')).rejects.toMatchObject(isCancelled);
      for (const node of cluster.nodes) expect(await sleepers(node)).toBe(0);
    });

    it('for a write', async () => {
      const write = pool.query("INSERT INTO item (label) SELECT 'late' FROM pg_sleep(20)");
      await expect(write).rejects.toMatchObject(isCancelled);
    });

    it('for a statement of a transaction', async () => {
      const late = pool.transactions.run({}, () => pool.query('SELECT pg_sleep(20)'));
      await expect(late).rejects.toThrow();
      for (const node of cluster.nodes) expect(await sleepers(node)).toBe(0);
    });

    it('for a transaction that idles', async () => {
      const idle = pool.transactions.run({}, async () => {
        await pool.query("INSERT INTO item (label) VALUES ('idle')");
        await eventually('it is ended', async () => {
          const { rows } = await cluster.primary.query(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction'",
          );
          return rows.length === 0;
        });
        await pool.query('SELECT 1');
      });
      await expect(idle).rejects.toThrow();
    });

    it('for a transaction begun by hand', async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await expect(client.query('SELECT pg_sleep(20)')).rejects.toMatchObject(isCancelled);
      await client.query('ROLLBACK');
      client.release();
    });

    it('for one that a query object begins, on a client that holds its connection', async () => {
      const client = await pool.connect();
      await client.query("INSERT INTO item (label) VALUES ('bound')");
      await new Promise<void>((resolve, reject) => {
        client.query(new Query('BEGIN', (error: Error | undefined) => (error ? reject(error) : resolve())));
      });
      await expect(client.query('SELECT pg_sleep(20)')).rejects.toMatchObject(isCancelled);
      await client.query('ROLLBACK');
      client.release();
    });

    it('and for nobody else', async () => {
      const { rows } = await pool.query("SELECT current_setting('statement_timeout') AS inside");
      expect(rows).toEqual([{ inside: '400ms' }]);
      const unlimited = await start({ pooler: 'transaction', statementTimeoutMs: 30_000 });
      await unlimited.query('SELECT pg_sleep(0.6)');
    });
  });

  it('what may end transactions itself has no block around it, and is cancelled when it takes too long', async () => {
    const pool = await start({ pooler: 'transaction', statementTimeoutMs: 500 });
    await expect(pool.query('DO $$ BEGIN PERFORM pg_sleep(20); END $$')).rejects.toThrow();
    await eventually('it is cancelled', async () => (await sleepers(cluster.primary)) === 0, 2000);
  });

  it.each([
    ['LISTEN news'],
    ['CREATE TABLE other (id int)'],
    ['VACUUM item'],
    ['SET search_path = other'],
    ['PREPARE p AS SELECT 1'],
    ['CREATE TEMP TABLE mine (id int)'],
    ['SELECT pg_advisory_lock(1)'],
    ["SELECT set_config('search_path', 'other', false)"],
    ["SELECT currval('item_id_seq')"],
    ['EXECUTE p'],
  ])('what needs a backend session is refused by name: %s', async (text) => {
    const pool = await start();
    const refused = pool.query(text);
    await expect(refused).rejects.toBeInstanceOf(PoolerStateError);
    await expect(refused).rejects.toThrow(text);
  });

  it('nor does a client have one outside of its transactions', async () => {
    const pool = await start();
    const client = await pool.connect();
    await client.query("INSERT INTO item (label) VALUES ('by hand')");
    await expect(client.query("SELECT currval('item_id_seq')")).rejects.toBeInstanceOf(PoolerStateError);
    client.release();
  });

  it('what a transaction keeps to itself is not', async () => {
    const pool = await start();
    await pool.transactions.run({}, async () => {
      await pool.query("SET LOCAL search_path = 'public'");
      await pool.query('SELECT pg_advisory_xact_lock(1)');
      const { rows } = await pool.query<{ id: number }>("INSERT INTO item (label) VALUES ('x') RETURNING id");
      const current = await pool.query<{ id: number }>("SELECT currval('item_id_seq')::int AS id");
      expect(current.rows).toEqual(rows);
    });
  });
}
