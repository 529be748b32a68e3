import { NoPrimaryError } from 'db-routing';
import { PostgresCluster } from '@app/postgres-cluster';
import { shopDatabase } from '@app/shop-database';
import { primaryUrl } from './primary-url';

describe('the primary of several nodes', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 1 });
  });
  afterAll(() => cluster.stop());

  const find = (startTimeoutMs: number) =>
    primaryUrl(
      { url: cluster.url('migrator'), monitor: cluster.credentials('monitor'), startTimeoutMs },
      () => undefined,
    );

  it('is the current one, even after a promotion', async () => {
    expect(await find(15_000)).toBe(cluster.primary.url('migrator'));

    const [old, replica] = [cluster.primary, cluster.replicas[0]!];
    await old.kill();
    await expect(find(2_000)).rejects.toThrow(NoPrimaryError);

    await replica.promote();
    expect(await find(15_000)).toBe(replica.url('migrator'));
  });
});
