import { type FaultRow, noFailedRead } from '../row';
import { formatMs, orders, percentileMs, reads, within } from '../../load/statistics';

// The first operations after the start are slow for other reasons.
const WARM_MS = 5_000;
// The p99 of a hundred orders is the second slowest, so chance decides; with four hundred, it is the fourth
// slowest.
const BASELINE_MS = 10_000;
const FAULT_MS = 10_000;
/** Reads move to the primary within this time; after it, the primary serves everything. */
const SETTLE_MS = 1_000;

export const replicasGone: FaultRow = {
  name: 'replicas-gone',
  fault: 'all replicas gone',
  guarantee: 'reads spill to the primary up to the cap, with little effect on writes',
  bar: 'no failed read; all from the primary; write p99 ≤ 2 × its baseline',
  load: { readsPerSecond: 80, ordersPerSecond: 40 },
  run: async ({ rig, load, health, observe, operations }) => {
    const { replicas } = rig;
    await observe(WARM_MS);
    await observe(BASELINE_MS);
    const goneMs = performance.now();
    const baseline = percentileMs(orders(within(operations(), goneMs - BASELINE_MS, goneMs)), 0.99);
    for (const replica of replicas) await replica.kill();
    await observe(SETTLE_MS + FAULT_MS);
    const startedMs = performance.now();
    await load.settle();
    const during = within(operations(), goneMs + SETTLE_MS, startedMs);
    const writes = percentileMs(orders(during), 0.99);
    const elsewhere = reads(during).filter(({ route }) => route.at(-1)?.role !== 'primary');
    for (const replica of replicas) await replica.start();
    await rig.cluster.waitForReplication();
    for (const replica of replicas) await health.returned(replica.name, performance.now(), 15_000);
    return [
      {
        what: 'reads not from the primary',
        measured: `${elsewhere.length} of ${reads(during).length}`,
        isMet: elsewhere.length === 0 && reads(during).length > 0,
      },
      {
        what: 'order p99',
        measured: `${formatMs(writes)} (baseline ${formatMs(baseline)}, limit ${formatMs(2 * baseline)})`,
        isMet: writes <= 2 * baseline,
      },
    ];
  },
  conclude: noFailedRead,
};
