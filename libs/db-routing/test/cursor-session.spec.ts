import type { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import { type RoutedPool, Session } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a cursor that writes', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1, proxied: true });
    pool = await startPool(cluster, { maxStalenessMs: 60_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool, 1);
  });

  afterEach(async () => {
    await cluster.primary.link.restore();
    await cluster.replicas[0]!.resumeReplay();
    await cluster.waitForReplication();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  async function run(cursor: Cursor): Promise<void> {
    await cursor.read(10);
    await cursor.close();
  }

  it.each([
    ['of the pool', 1, (cursor: Cursor) => run(pool.query(cursor))],
    [
      'of a client that holds a connection',
      2,
      async (cursor: Cursor) => {
        const client = await pool.connect();
        await client.query("SET work_mem = '5MB'");
        await run(client.query(cursor));
        client.release();
      },
    ],
  ])('is read by its session as soon as it is closed: one %s', async (_, id, write) => {
    await cluster.replicas[0]!.pauseReplay();
    // Its position is on its way when it is closed.
    cluster.primary.link.setLatencyMs(50);
    const rows = await new Session().run(async () => {
      await write(new Cursor(`INSERT INTO note VALUES (${id}) RETURNING id`));
      return (await pool.query('SELECT id FROM note')).rows;
    });
    expect(rows).toContainEqual({ id });
  });
});
