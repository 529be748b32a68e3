import { startPool } from '../support';
import { startCluster } from '../test-cluster';
import { statusOf, urlOf } from './support';

describe('a replica that has lost its upstream', () => {
  it('is on the timeline whose WAL it has, not on that of its last restart point', async () => {
    const cluster = await startCluster();
    const former = cluster.primary;
    const [promoted, follower] = cluster.replicas;
    try {
      // Before the promotion, so that the follower never has what only the former primary has.
      await follower!.follow(promoted!);
      await promoted!.promote();
      await promoted!.query('CREATE TABLE later (id int)');
      await cluster.waitForReplication();
      await promoted!.stop('immediate');
      // The former primary goes on: only the follower can tell that there is a newer one.
      const pool = await startPool(cluster, { url: urlOf(cluster, former, follower!) });
      try {
        const { rows } = await follower!.query('SELECT timeline_id FROM pg_control_checkpoint()');
        expect(rows).toEqual([{ timeline_id: 1 }]);
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
