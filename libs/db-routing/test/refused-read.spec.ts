import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, Session, withReadConsistency, WriteOutcomeUnknownError } from '../src';
import { systemClock } from '../src/clock';
import { RequestLimits } from '../src/execution/limits/request-limits';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

const COUNT = 'SELECT counted()';

describe('what was taken for a read, and turns out to write', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE counter (n int)');
    await pool.query('INSERT INTO counter VALUES (0)');
    await pool.query("CREATE FUNCTION counted() RETURNS int LANGUAGE sql STABLE AS 'SELECT n FROM counter'");
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool, 1);
    // Another process has changed the function since.
    await cluster.primary.query(
      "CREATE OR REPLACE FUNCTION counted() RETURNS int LANGUAGE sql VOLATILE AS 'UPDATE counter SET n = n + 1 RETURNING n'",
    );
    await cluster.waitForReplication();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('runs once, though a slow read stands before it on the connection that reads share', async () => {
    expect(pool.explainRoute(COUNT).target).toBe('replica');
    const slow = withReadConsistency('strong', () => pool.query('SELECT pg_sleep(0.3)'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await pool.query(COUNT)).rows).toEqual([{ counted: 1 }]);
    await slow;
    const { rows } = await cluster.primary.query('SELECT n FROM counter');
    expect(rows).toEqual([{ n: 1 }]);
    expect(pool.explainRoute(COUNT).target).toBe('primary');
  });

  it('belongs to the session of its caller at the level eventual too, which a read there does not', async () => {
    const text = `${COUNT} AS taken_for_a_read`;
    const [replica] = cluster.replicas;
    await pool.query('DROP FUNCTION counted()');
    await pool.query("CREATE FUNCTION counted() RETURNS int LANGUAGE sql STABLE AS 'SELECT n FROM counter'");
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await cluster.primary.query(
      "CREATE OR REPLACE FUNCTION counted() RETURNS int LANGUAGE sql VOLATILE AS 'UPDATE counter SET n = n + 1 RETURNING n'",
    );
    await cluster.waitForReplication();
    expect(pool.explainRoute(text).target).toBe('replica');
    await replica?.pauseReplay();
    try {
      await new Session().run(async () => {
        const { rows } = await withReadConsistency('eventual', () => pool.query(text));
        const n: unknown = rows[0]?.taken_for_a_read;
        expect((await pool.query('SELECT n FROM counter')).rows).toEqual([{ n }]);
      });
    } finally {
      await replica?.resumeReplay();
    }
  });

  it('has an unknown outcome when its request ends while it runs as a write', async () => {
    const text = `${COUNT} AS taken_for_a_read_again`;
    await pool.query('DROP FUNCTION counted()');
    await pool.query("CREATE FUNCTION counted() RETURNS int LANGUAGE sql STABLE AS 'SELECT n FROM counter'");
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await cluster.primary.query(
      "CREATE OR REPLACE FUNCTION counted() RETURNS int LANGUAGE sql VOLATILE AS 'UPDATE counter SET n = n + 1 RETURNING n'",
    );
    await cluster.waitForReplication();
    expect(pool.explainRoute(text).target).toBe('replica');
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query('UPDATE counter SET n = n');
    try {
      const limits = new RequestLimits(systemClock, 60_000);
      const ended = expect(limits.apply(() => pool.query(text))).rejects.toThrow(WriteOutcomeUnknownError);
      const waiting = 'SELECT 1 FROM pg_locks WHERE NOT granted';
      await eventually('it waits', async () => (await cluster.primary.query(waiting)).rows.length === 1);
      limits.abort();
      await ended;
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
  });
});
