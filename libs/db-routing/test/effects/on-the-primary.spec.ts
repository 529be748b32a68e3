import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

/** Each function also says where it ran: 'on_replica'. */
const SCHEMA = `
  CREATE FUNCTION enter(tenant text) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM set_config('app.tenant', tenant, false); RETURN pg_is_in_recovery(); END $$;
  CREATE FUNCTION enter_sql(tenant text) RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT set_config('app.tenant', tenant, false); SELECT pg_is_in_recovery() $$;
  CREATE FUNCTION enter_immutable(tenant text) RETURNS boolean LANGUAGE sql IMMUTABLE
    RETURN set_config('app.tenant', tenant, false) IS NULL;
  CREATE FUNCTION lock_it(key bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN PERFORM pg_advisory_lock(key); RETURN pg_is_in_recovery(); END $$;
  CREATE VIEW locking AS SELECT lock_it(2) AS on_replica;
  CREATE FUNCTION looking(relation text) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN EXECUTE format('SELECT * FROM %I', relation); RETURN pg_is_in_recovery(); END $$;
  CREATE FUNCTION plain() RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ DECLARE n bigint; BEGIN SELECT count(*) INTO n FROM pg_class; RETURN pg_is_in_recovery(); END $$;
  CREATE SEQUENCE numbers;
  CREATE VIEW last_of_numbers AS SELECT last_value FROM numbers;
  CREATE FUNCTION last_of() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT last_value FROM numbers';`;

describe('what a replica would run, and must not', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    pool = await startPool(cluster);
    await pool.query(SCHEMA);
    await cluster.waitForReplication();
    await untilAllFit(pool);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it.each([
    ["SELECT enter('acme') AS on_replica"],
    ["SELECT enter_sql('acme') AS on_replica"],
    ["SELECT enter_immutable('acme') AS on_replica"],
    ['SELECT lock_it(1) AS on_replica'],
    ['SELECT on_replica FROM locking'],
    ["SELECT looking('pg_class') AS on_replica"],
  ])('runs on the primary, alone: %s', async (text) => {
    for (let n = 0; n < 5; n += 1) expect((await pool.query(text)).rows).toEqual([{ on_replica: false }]);
    const seen = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const read = () => pool.query(`SELECT current_setting('app.tenant', true) AS tenant, ${n} AS n`);
        return (await (n % 2 === 0 ? read() : runInTransaction(read))).rows[0]?.['tenant'] as unknown;
      }),
    );
    expect(seen).not.toContain('acme');
  });

  it('leaves no advisory lock on any node', async () => {
    await pool.query('SELECT lock_it(3)');
    for (const node of [cluster.primary, ...cluster.replicas]) {
      // A discarded connection releases its locks once the server has ended it.
      await eventually('no lock is held', async () => {
        const { rows } = await node.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'");
        return rows.length === 0;
      });
    }
  });

  it('is none of it, if the source shows that: it stays on the replicas', async () => {
    expect((await pool.query('SELECT plain() AS on_replica')).rows).toEqual([{ on_replica: true }]);
  });

  it.each([
    ['SELECT last_value FROM numbers'],
    ['TABLE numbers'],
    ["SELECT last_value FROM pg_sequences WHERE sequencename = 'numbers'"],
    ["SELECT pg_sequence_last_value('numbers') AS last_value"],
    ['SELECT last_value FROM last_of_numbers'],
    ['SELECT last_of() AS last_value'],
    ['SELECT s.last_value FROM (SELECT 1) AS one, LATERAL (SELECT last_value FROM numbers) AS s'],
  ])('reads the number that was given out: %s', async (text) => {
    await pool.query("SELECT setval('numbers', 1, false)");
    for (let n = 0; n < 3; n += 1) await pool.query("SELECT nextval('numbers')");
    await cluster.waitForReplication();
    expect((await pool.query(text)).rows[0]?.['last_value']).toBe('3');
  });

  it('may be vouched for by the owner', async () => {
    const trusting = await startPool(cluster, { trustedFunctions: ['looking'] });
    try {
      await untilAllFit(trusting);
      const { rows } = await trusting.query("SELECT looking('pg_class') AS on_replica");
      expect(rows).toEqual([{ on_replica: true }]);
    } finally {
      await trusting.end();
    }
  });

  it('is not to be vouched for where PostgreSQL knows better', async () => {
    await expect(startPool(cluster, { trustedFunctions: ['pg_catalog.set_config'] })).rejects.toThrow(
      "trustedFunctions is 'pg_catalog.set_config'",
    );
  });
});
