import { until } from '@app/postgres-cluster';
import { RegisterSession } from '../load/register-session';
import { registerKeys } from '../load/register-table';
import type { Scenario } from './scenario';

/** For as long as the schedule takes, what was committed after the restartpoint stays hidden on the replica that comes back. */
const HIDING_DELAY_MS = 120_000;
const READS = 20;

/** A replica that is killed comes back where its last restartpoint was, and replays anew what it had shown before. */
export const keepWatermark: Scenario = {
  name: 'keep-watermark',
  what: 'a replica is killed and comes back behind what it had proven',
  async run(lab, recorder) {
    const { cluster, replicas } = lab.rig;
    const [replica, other] = replicas;
    await other.kill();
    // Where it will begin again: before the writes, and after the table was made.
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
