import { delayMeasurement, type FaultRow, noFailedRead } from '../row';

/** When one backend dies, the postmaster ends all others and recovers: 57P02, then 57P03. */
export const replicaRestarting: FaultRow = {
  name: 'replica-restarting',
  fault: 'replica restarting (57P03)',
  guarantee: 'no read fails while a replica recovers',
  bar: 'no failed read',
  run: async ({ rig, health, observe }) => {
    const [replica] = rig.replicas;
    await observe(2_000);
    const [pid] = await replica.backendPids();
    if (pid === undefined) throw new Error(`${replica.name} has no client connections.`);
    const killedMs = performance.now();
    process.kill(pid, 'SIGKILL');
    const out = await health.left(replica.name, killedMs, 5_000);
    await rig.cluster.waitForReplication({ replicas: [replica] });
    const back = await health.returned(replica.name, performance.now(), 15_000);
    await observe(1_000);
    return [
      delayMeasurement('out after', out, 2_000),
      delayMeasurement('back after it is healthy', back, 5_000),
    ];
  },
  conclude: noFailedRead,
};
