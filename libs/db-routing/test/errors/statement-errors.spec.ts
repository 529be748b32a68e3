import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { Load, suspicions } from './support';
import { startCluster } from '../test-cluster';

const RAISE = (name: string, code: string, volatility: string) =>
  `CREATE FUNCTION ${name}() RETURNS int LANGUAGE plpgsql ${volatility} AS ` +
  `$$ BEGIN RAISE EXCEPTION 'mine' USING ERRCODE = '${code}'; END $$`;

/** Each error claims that a connection, a server or a node is in trouble, which is not true. */
const RAISED = ['08006', '08P01', '57P01', '57P03', '25P03', '57P05', '53300', '40001', 'XX000', '58030'];

describe('an error of a statement', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let suspected: string[];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE note (id int PRIMARY KEY, body text)');
    await pool.query("INSERT INTO note SELECT n, 'note' FROM generate_series(1, 100) AS n");
    for (const code of RAISED) {
      await pool.query(RAISE(`read_${code}`, code, 'STABLE'));
      await pool.query(RAISE(`write_${code}`, code, 'VOLATILE'));
    }
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool);
    suspected = suspicions(pool);
  });

  beforeEach(() => suspected.splice(0));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('costs nobody else anything, though it says protocol_violation: values that are too many, in a loop', async () => {
    const good = new Load(8, () => pool.query('SELECT body FROM note WHERE id = $1', [7]));
    const bad = new Load(2, () => pool.query('SELECT body FROM note WHERE id = $1', [7, 8]));
    await eventually('both have run for a while', () => good.runs > 2000 && bad.runs > 300);
    await Promise.all([good.stop(), bad.stop()]);
    expect(good.failures).toEqual([]);
    expect(bad.failures).toHaveLength(bad.runs);
    for (const error of bad.failures) expect(error).toMatchObject({ code: '08P01', severity: 'ERROR' });
    expect(suspected).toEqual([]);
  });

  it.each(RAISED)(
    'comes as it is when a function raises %s: from a read, a write, a transaction',
    async (code) => {
      const expected = { code, message: 'mine' };
      await expect(pool.query(`SELECT read_${code}()`)).rejects.toMatchObject(expected);
      await expect(pool.query(`SELECT write_${code}()`)).rejects.toMatchObject(expected);
      const inTransaction = pool.transactions.run({}, async () => {
        await pool.query('SELECT 1');
        await pool.query(`SELECT write_${code}()`);
      });
      await expect(inTransaction).rejects.toMatchObject(expected);
      expect(suspected).toEqual([]);
    },
  );

  it('comes as it is when COMMIT meets it, and is no unknown outcome', async () => {
    await pool.query('CREATE TABLE checked (id int)');
    await pool.query(
      "CREATE FUNCTION check_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'mine' USING ERRCODE = '08006'; END $$",
    );
    await pool.query(
      'CREATE CONSTRAINT TRIGGER late AFTER INSERT ON checked DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_it()',
    );
    const insert = () => pool.query('INSERT INTO checked VALUES (1)');
    await expect(insert()).rejects.toMatchObject({ code: '08006' });
    await expect(pool.transactions.run({}, insert)).rejects.toMatchObject({ code: '08006' });
    expect(suspected).toEqual([]);
  });

  it('is the protocol’s own when there are more values than it can count', async () => {
    const values = Array.from({ length: 70_000 }, (_, i) => i);
    const marks = values.map((_, i) => `$${i + 1}`).join(', ');
    for (const text of [
      `SELECT id FROM note WHERE id IN (${marks})`,
      `DELETE FROM note WHERE id IN (${marks})`,
    ]) {
      await expect(pool.query(text, values)).rejects.toMatchObject({ code: '08P01' });
    }
    expect((await pool.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 100 }]);
    expect(suspected).toEqual([]);
  });

  it('is the foreign server’s when that is away', async () => {
    await cluster.primary.query('CREATE EXTENSION postgres_fdw');
    await cluster.primary.query(
      "CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1', dbname 'x')",
    );
    await cluster.primary.query(
      "CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (user 'x', password 'x')",
    );
    await cluster.primary.query('CREATE FOREIGN TABLE far (id int) SERVER away');
    await cluster.primary.query('GRANT ALL ON far TO PUBLIC');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await expect(pool.query('SELECT * FROM far')).rejects.toMatchObject({ code: '08001', severity: 'ERROR' });
    await expect(pool.query('INSERT INTO far VALUES (1)')).rejects.toMatchObject({ code: '08001' });
    expect(suspected).toEqual([]);
  });

  it('says 25006 of itself, and the primary stays what it is', async () => {
    await pool.query(RAISE('read_25006', '25006', 'STABLE'));
    await pool.query(RAISE('write_25006', '25006', 'VOLATILE'));
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    const client = await pool.connect();
    await client.query("SET application_name = 'bound'");
    for (const text of ['SELECT read_25006()', 'SELECT write_25006()']) {
      await expect(pool.query(text)).rejects.toMatchObject({ code: '25006', message: 'mine' });
      await expect(client.query(text)).rejects.toMatchObject({ code: '25006', message: 'mine' });
    }
    client.release();
    expect(suspected).toEqual([]);
  });

  it('leaves the connection that it came on in use', async () => {
    const alone = await startPool(cluster, { maxConnectionsPerNode: 1, maxLanesPerNode: 0 });
    const backend = async () =>
      alone.transactions.run({}, async () => {
        const { rows } = await alone.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        return rows[0]?.pid;
      });
    const before = await backend();
    await expect(alone.query('SELECT write_08006()')).rejects.toMatchObject({ code: '08006' });
    expect(await backend()).toBe(before);
    await alone.end();
  });

  it('is told from the end of a session, which one of its own limits has ended: the node is well', async () => {
    const client = await pool.connect();
    await client.query("SET idle_session_timeout = '50ms'");
    await eventually('the session is ended', () =>
      client.query('SELECT 1').then(
        () => new Promise((resolve) => setTimeout(() => resolve(false), 200)),
        () => true,
      ),
    );
    client.release();
    expect(suspected).toEqual([]);
  });
});
