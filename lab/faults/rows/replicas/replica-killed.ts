import { delayMeasurement, type FaultRow, noFailedRead } from '../row';

export const replicaKilled: FaultRow = {
  name: 'replica-killed',
  fault: 'replica killed',
  guarantee: 'no read fails; the replica leaves the routing and comes back',
  bar: 'no failed read; out ≤ 2 s; back ≤ 5 s after it is healthy',
  comparesPeer: true,
  run: async ({ rig, health, observe }) => {
    const [replica] = rig.replicas;
    await observe(2_000);
    const killedMs = performance.now();
    await replica.kill();
    const out = await health.left(replica.name, killedMs, 10_000);
    await observe(2_000);
    await replica.start();
    await rig.cluster.waitForReplication({ replicas: [replica] });
    const healthyMs = performance.now();
    const back = await health.returned(replica.name, healthyMs, 15_000);
    await observe(1_000);
    return [delayMeasurement('out after', out, 2_000), delayMeasurement('back after', back, 5_000)];
  },
  conclude: noFailedRead,
};
