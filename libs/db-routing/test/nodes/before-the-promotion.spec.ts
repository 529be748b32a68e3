import { runInTransaction, Session, withReadConsistency } from '../../src';
import { eventually, startPool } from '../support';
import { startCluster } from '../test-cluster';
import { statusOf } from './support';

const READ = 'SELECT id FROM written';

describe('a replica on a newer timeline that has not replayed up to the promotion', () => {
  it('leaves a session with what it has written before', async () => {
    const cluster = await startCluster();
    const former = cluster.primary;
    const [promoted, follower] = cluster.replicas;
    const pool = await startPool(cluster);
    const session = new Session();
    try {
      await pool.query('CREATE TABLE written (id int)');
      // The follower begins again from here after its crash.
      await former.query('CHECKPOINT');
      await cluster.waitForReplication();
      await follower!.query('CHECKPOINT');
      await follower!.follow(promoted!);
      await session.run(() => pool.query('INSERT INTO written VALUES (1)'));
      await cluster.waitForReplication();
      await promoted!.promote();
      await promoted!.query('CREATE TABLE later (id int)');
      await eventually('the follower has the new timeline', () => statusOf(pool, follower!)?.timeline === 2);
      // After its crash, it replays no commit that is younger than an hour.
      await follower!.setApplyDelay(3_600_000);
      await Promise.all(cluster.nodes.map((node) => node.stop('immediate')));
      await follower!.start();
      await eventually('the follower is back, alone', () => {
        const states = cluster.nodes.map((node) => statusOf(pool, node)?.state);
        return states.filter((state) => state === 'down').length === 2;
      });

      const report = () => runInTransaction({ readOnly: true }, () => pool.query(READ));
      const { rows } = await session.run(() => withReadConsistency('eventual', report));
      expect(rows).toEqual([]);
      expect(session.position?.timeline).toBe(1);
      await expect(session.run(() => pool.query(READ))).rejects.toThrow('no node is fit to serve this read');
    } finally {
      await pool.end();
      await cluster.stop();
    }
  });
});
