import type { PostgresCluster } from '@app/postgres-cluster';
import { ConfigurationError } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { statusOf } from './support';
import { startCluster } from '../test-cluster';

describe('the user that probes', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => (cluster = await startCluster({ replicas: 1 })));
  afterAll(() => cluster.stop());

  it.each([
    ['the user of the URL', undefined, 'migrator'],
    ['one that is given', () => cluster.credentials('reader'), 'reader'],
  ])('is refused at the start without pg_monitor: %s', async (_, monitor, user) => {
    const starting = startPool(cluster, { monitor: monitor?.() });
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toThrow(
      `monitor is '${user}': must be a member of pg_monitor: GRANT pg_monitor TO ${user}`,
    );
  });

  it('may be a member by another role, or a superuser', async () => {
    await cluster.primary.query(
      'CREATE ROLE watchers; GRANT pg_monitor TO watchers; GRANT watchers TO migrator',
    );
    await cluster.waitForReplication();
    for (const monitor of [cluster.credentials('migrator'), cluster.credentials('postgres')]) {
      const pool = await startPool(cluster, { monitor });
      await untilAllFit(pool, 1);
      await pool.end();
    }
    await cluster.primary.query('REVOKE watchers FROM migrator; DROP ROLE watchers');
  });

  it('loses replicas, and says why, when the membership is revoked later', async () => {
    const pool = await startPool(cluster);
    await untilAllFit(pool, 1);
    await cluster.primary.query('REVOKE pg_monitor FROM monitor');
    await eventually('the replica lags, for that reason', () =>
      Boolean(statusOf(pool, cluster.replicas[0]!)?.reason.includes('not a member of pg_monitor')),
    );
    expect(pool.topology.primary?.address.name).toBe(cluster.primary.name);
    await cluster.primary.query('GRANT pg_monitor TO monitor');
    await untilAllFit(pool, 1);
    await pool.end();
  });
});
