import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction, Session, withReadConsistency } from '../../src';
import { LaneLab } from '../lanes-support';
import { eventually, startPool, untilAllFit } from '../support';
import { Load, suspicions } from './support';
import { startCluster } from '../test-cluster';

const WHERE = 'SELECT pg_is_in_recovery() AS on_replica, n FROM counter LIMIT 1';
const ISOLATION = "SELECT current_setting('transaction_isolation') AS level";

describe.each(['repeatable read', 'serializable'])('where transactions are %s by default', (level) => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let suspected: string[];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE counter (id int PRIMARY KEY, n int NOT NULL)');
    await cluster.primary.query('INSERT INTO counter SELECT n, 0 FROM generate_series(1, 64) AS n');
    await cluster.primary.query('GRANT ALL ON counter TO PUBLIC');
    await cluster.primary.query(
      'CREATE FUNCTION level_of_write() RETURNS text LANGUAGE sql VOLATILE AS ' +
        `$$ UPDATE counter SET n = n WHERE id = 64; ${ISOLATION} $$`,
    );
    for (const role of ['migrator', 'monitor']) {
      await cluster.primary.query(`ALTER ROLE ${role} SET default_transaction_isolation = '${level}'`);
    }
    await cluster.waitForReplication();
    pool = await startPool(cluster);
    await untilAllFit(pool);
    suspected = suspicions(pool);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('no session reads anything older than it has written', async () => {
    const stale: string[] = [];
    let id = 0;
    const load = new Load(12, async () => {
      id = (id % 60) + 1;
      const mine = id;
      await new Session().run(async () => {
        const query = (text: string) => pool.query<{ n: number }>(text, [mine]);
        const { rows } = await query('UPDATE counter SET n = n + 1 WHERE id = $1 RETURNING n');
        for (let i = 0; i < 4; i++) {
          const read = await query('SELECT n FROM counter WHERE id = $1');
          const [wrote, saw] = [rows[0]?.n ?? 0, read.rows[0]?.n ?? -1];
          if (saw < wrote) stale.push(`wrote ${wrote}, read ${saw}`);
        }
      });
    });
    await eventually('it has run for a while', () => load.runs >= 3000, 60_000);
    await load.stop();
    expect(stale).toEqual([]);
    // Two concurrent updates of one row: the default is for that.
    for (const error of load.failures) expect(error).toMatchObject({ code: '40001' });
    expect(suspected).toEqual([]);
  });

  it('replicas serve, on shared connections and on those of their own', async () => {
    const alone = await startPool(cluster, { maxLanesPerNode: 0 });
    await untilAllFit(alone);
    for (const each of [pool, alone]) {
      const isOnReplica = async () => (await each.query<{ on_replica: boolean }>(WHERE)).rows[0]?.on_replica;
      expect(await withReadConsistency('eventual', isOnReplica)).toBe(true);
      const inSession = new Session().run(async () => {
        await each.query('UPDATE counter SET n = 0 WHERE id = 63');
        await cluster.waitForReplication();
        return isOnReplica();
      });
      expect(await inSession).toBe(true);
      const readOnly = { manager: each.transactions, readOnly: true } as const;
      expect(await runInTransaction(readOnly, isOnReplica)).toBe(true);
    }
    await alone.end();
  });

  it('statements that share a transaction, position and read, see each what is there when it begins', async () => {
    for (const node of [cluster.primary, ...cluster.replicas]) {
      const lab = new LaneLab(node);
      expect(await lab.rows(ISOLATION)).toEqual([{ level: 'read committed' }]);
      await lab.end();
    }
  });

  it('what is written is written so', async () => {
    const write = () => pool.query('SELECT level_of_write()');
    const here = { manager: pool.transactions };
    expect((await write()).rows).toEqual([{ level_of_write: level }]);
    expect((await runInTransaction(here, write)).rows).toEqual([{ level_of_write: level }]);
    const asked = await runInTransaction({ ...here, isolation: 'READ COMMITTED' }, write);
    expect(asked.rows).toEqual([{ level_of_write: 'read committed' }]);
    const client = await pool.connect();
    await client.query('BEGIN');
    expect(await client.query(ISOLATION)).toMatchObject({ rows: [{ level }] });
    await client.query('COMMIT');
    client.release();
  });
});

describe('a replica that is promoted, where transactions are serializable by default', () => {
  it('writes as serializable, also on connections that it has had as a replica', async () => {
    const cluster = await startCluster({ replicas: 1 });
    for (const role of ['migrator', 'monitor'])
      await cluster.primary.query(`ALTER ROLE ${role} SET default_transaction_isolation = 'serializable'`);
    await cluster.primary.query('CREATE TABLE counter (n int)');
    await cluster.primary.query('GRANT ALL ON counter TO PUBLIC');
    await cluster.waitForReplication();
    const pool = await startPool(cluster, { maxLanesPerNode: 0, maxConnectionsPerNode: 1 });
    await untilAllFit(pool, 1);
    const [replica] = cluster.replicas;
    await withReadConsistency('eventual', () => pool.query('SELECT n FROM counter'));
    const openThere = () => pool.stats.find(({ node }) => node === replica!.name)?.open;
    expect(openThere()).toBe(1);
    await cluster.primary.stop();
    await replica!.promote();
    await eventually('it is the primary', () => pool.topology.primary?.address.name === replica!.name);
    const inserted = await pool.query(
      "INSERT INTO counter SELECT 1 RETURNING current_setting('transaction_isolation') AS level",
    );
    expect(inserted.rows).toEqual([{ level: 'serializable' }]);
    expect(openThere()).toBe(1);
    await pool.end();
    await cluster.stop();
  });
});

describe('where transactions are read-only by default', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query('CREATE TABLE note (id int)');
    await cluster.primary.query('GRANT ALL ON note TO PUBLIC');
    await cluster.primary.query('ALTER ROLE migrator SET default_transaction_read_only = on');
    await cluster.waitForReplication();
    pool = await startPool(cluster);
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('a write is refused as the server puts it, and the primary stays the primary', async () => {
    const suspected = suspicions(pool);
    const refused = { code: '25006', message: 'cannot execute INSERT in a read-only transaction' };
    const insert = () => pool.query('INSERT INTO note VALUES (1)');
    await expect(insert()).rejects.toMatchObject(refused);
    await expect(runInTransaction({ manager: pool.transactions }, insert)).rejects.toMatchObject(refused);
    expect((await pool.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 0 }]);
    expect(pool.topology.primary?.address.name).toBe(cluster.primary.name);
    expect(suspected).toEqual([]);
  });

  it('a client that says so may write', async () => {
    const client = await pool.connect();
    await client.query('SET default_transaction_read_only = off');
    await client.query('INSERT INTO note VALUES (2)');
    client.release();
    expect((await cluster.primary.query('SELECT id FROM note')).rows).toEqual([{ id: 2 }]);
  });
});
