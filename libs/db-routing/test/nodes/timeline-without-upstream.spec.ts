import { startPool } from '../support';
import { startCluster } from '../test-cluster';
import { statusOf, urlOf } from './support';

describe('a replica that has lost its upstream', () => {
  it('is on the timeline whose WAL it has, not on that of its last restart point', async () => {
    const cluster = await startCluster();
    const former = cluster.primary;
    const [promoted, follower] = cluster.replicas;
    try {
      await promoted!.promote();
      await follower!.follow(promoted!);
      await promoted!.query('CREATE TABLE later (id int)');
      await cluster.waitForReplication();
      await promoted!.stop('immediate');
      // The former primary goes on: only the follower can tell that there is a newer one.
      const pool = await startPool(cluster, { url: urlOf(cluster, former, follower!) });
      try {
        // Its last restart point is on timeline 1, unless the server has made another one meanwhile.
        expect(statusOf(pool, follower!)).toMatchObject({ role: 'replica', timeline: 2 });
        expect(statusOf(pool, former)).toMatchObject({ role: 'primary', timeline: 1, isFenced: true });
        expect(pool.topology.primary).toBeUndefined();
      } finally {
        await pool.end();
      }
    } finally {
      await cluster.stop();
    }
  });
});
