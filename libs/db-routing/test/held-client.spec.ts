import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, Session } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a write on a connection that its client holds', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster, { maxStalenessMs: 60_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.query(
      `CREATE PROCEDURE add_note(id int) LANGUAGE sql AS 'INSERT INTO note VALUES (add_note.id)'`,
    );
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool, 1);
  });

  afterEach(async () => {
    await cluster.replicas[0]!.resumeReplay();
    await cluster.waitForReplication();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it.each([
    ['a procedure', 1, (id: number) => pool.query(`CALL add_note(${id})`)],
    ['a block of code', 2, (id: number) => pool.query(`DO 'BEGIN INSERT INTO note VALUES (${id}); END'`)],
    [
      'whatever comes after a setting',
      3,
      async (id: number) => {
        const client = await pool.connect();
        await client.query("SET work_mem = '5MB'");
        await client.query('INSERT INTO note VALUES ($1)', [id]);
        client.release();
      },
    ],
  ])('is read by its session: %s', async (_, id, write) => {
    await cluster.replicas[0]!.pauseReplay();
    const rows = await new Session().run(async () => {
      await write(id);
      return (await pool.query('SELECT id FROM note')).rows;
    });
    expect(rows).toContainEqual({ id });
  });
});
