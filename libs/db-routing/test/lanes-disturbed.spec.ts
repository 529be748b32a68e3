import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../src';
import { startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a statement that no other read may notice', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  const states: string[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    await untilAllFit(pool, 1);
    pool.on('nodeChange', ({ now }) => states.push(`${now?.role} ${now?.state}: ${now?.reason}`));
  });

  beforeEach(() => states.splice(0));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  /** Other reads share the connection meanwhile. */
  async function beside(one: () => Promise<unknown>): Promise<unknown> {
    const others = Promise.all(Array.from({ length: 4 }, () => pool.query('SELECT pg_sleep(0.1)')));
    const outcome = await one().catch((error: unknown) => error);
    await others;
    expect(states.filter((state) => state.includes('suspect'))).toEqual([]);
    return outcome;
  }

  it('copies nowhere: it is counted, as by the driver', async () => {
    const copied = await beside(() => pool.query('COPY (SELECT generate_series(1, 3)) TO STDOUT'));
    expect(copied).toMatchObject({ command: 'COPY', rowCount: 3, rows: [] });
  });

  it.each(["SELECT 'a\0b'", "CREATE TABLE note AS SELECT 'a\0b'"])(
    'holds a zero byte, which the protocol cannot carry: %j',
    async (text) => {
      expect(await beside(() => pool.query(text))).toEqual(
        new TypeError('a statement cannot hold a zero byte'),
      );
    },
  );
});
