import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../src';
import { parseLsn } from '../src/postgres/position/lsn';
import { systemClock } from '../src/clock';
import { StatementHabits } from '../src/postgres/lanes/statement-habits';
import { NodePool } from '../src/postgres/connections/node-pool';
import { ServerWaits, waitForSql } from '../src/execution/positions/server-waits';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('letting a replica wait for a position', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let direct: NodePool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await untilAllFit(pool, 1);
    const [node] = pool.topology.fitReplicas;
    direct = new NodePool(node!.address, {
      connection: { connectionString: cluster.replicas[0]!.url('migrator') },
      maxConnections: 2,
      acquireTimeoutMs: 5_000,
      statementTimeoutMs: 5_000,
      idleInTransactionTimeoutMs: 5_000,
      prepareStatements: true,
      readQueueWaitMs: 2000,
      clock: systemClock,
      habits: new StatementHabits({ clock: systemClock }),
      onFailure: () => undefined,
    });
  });
  afterAll(async () => {
    await direct.end();
    await pool.end();
    await cluster.stop();
  });

  const replica = () => pool.topology.fitReplicas[0]!;
  const version = async () => {
    const { rows } = await cluster.primary.query<{ version: number }>(
      "SELECT current_setting('server_version_num')::int AS version",
    );
    return rows[0]!.version;
  };

  it('is done as the manual of PostgreSQL 19 has it, and never without a limit', () => {
    expect(waitForSql(parseLsn('16/B374D848'), 49.2)).toBe(
      "WAIT FOR LSN '16/B374D848' WITH (MODE 'standby_replay', TIMEOUT '50ms', NO_THROW)",
    );
    expect(waitForSql(1n, 0)).toContain("TIMEOUT '1ms'");
    expect(waitForSql(1n, -3)).toContain("TIMEOUT '1ms'");
  });

  it('is decided by what each server says it is', async () => {
    expect(replica().serverVersion).toBe(await version());
    const waits = new ServerWaits(() => direct);
    const waited = waits.until(replica(), 1n, 10);
    expect(waited !== undefined).toBe((await version()) >= 190_000);
    await waited;
    expect(waits.until({ ...replica(), serverVersion: undefined }, 1n, 10)).toBeUndefined();
  });

  it('says how far the replica is; one that refuses is asked once, and its connection stays good', async () => {
    const waits = new ServerWaits(() => direct);
    const future = { ...replica(), serverVersion: 190_000 };
    const reached = await waits.until(future, 1n, 10);
    expect(reached).toBeGreaterThan(1n);
    const again = waits.until(future, 1n, 10);
    expect(again !== undefined).toBe((await version()) >= 190_000);
    await again;
    const connection = await direct.acquire();
    expect(await connection.query('SELECT 1 AS one', undefined)).toMatchObject({ rows: [{ one: 1 }] });
    connection.release();
    expect(direct.stats).toMatchObject({ open: 1, idle: 1 });
  });
});
