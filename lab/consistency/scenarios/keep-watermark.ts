import { until } from '@app/postgres-cluster';
import { RegisterSession } from '../load/register-session';
import { registerKeys } from '../load/register-table';
import type { Scenario } from './scenario';

/**
 * For the duration of the schedule, commits after the restartpoint stay hidden on the replica that comes
 * back.
 */
const HIDING_DELAY_MS = 120_000;
const READS = 20;

/** A killed replica comes back at its last restartpoint, and replays again what it had already shown. */
export const keepWatermark: Scenario = {
  name: 'keep-watermark',
  what: 'a replica is killed and comes back behind the position it had proven',
  async run(lab, recorder) {
    const { cluster, replicas } = lab.rig;
    const [replica, other] = replicas;
    await other.kill();
    // Where it will restart: before the writes, and after the table was created.
    await cluster.primary.query('CHECKPOINT');
    await cluster.waitForReplication({ replicas: [replica] });
    await replica.query('CHECKPOINT');
    const session = new RegisterSession('watermark', 'scenario', lab.pool, recorder);
    const keys = [registerKeys.singles[0] ?? ''];
    await session.write(keys);
    await cluster.waitForReplication({ replicas: [replica] });
    for (let read = 0; read < READS; read++) await session.read(keys, 'session');
    await replica.setApplyDelay(HIDING_DELAY_MS);
    await replica.kill();
    await replica.start();
    await until('the pool to use the replica again', () =>
      lab.pool.topology.fitReplicas.some(({ address }) => address.name === replica.name),
    );
    for (let read = 0; read < READS; read++) await session.read(keys, 'session');
    await replica.setApplyDelay(0);
    await other.start();
    await lab.untilWell();
  },
};
