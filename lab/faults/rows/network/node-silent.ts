import type { ClusterNode } from '@app/postgres-cluster';
import { delayMeasurement, type FaultContext, type FaultRow, type Measurement, noFailedRead } from '../row';
import { countConnectionsTo } from './sockets';
import { formatMs, percentileMs, reads, within } from '../../load/statistics';

/** Below this, twice the usual latency is within the machine's noise. */
const NOISE_FLOOR_MS = 50;
const SERVICES = 2;

interface Silence {
  readonly begin: (node: ClusterNode) => void;
  readonly end: (node: ClusterNode) => void | Promise<void>;
}

async function silence(context: FaultContext, { begin, end }: Silence): Promise<Measurement[]> {
  const { rig, load, health, observe, startMs, operations } = context;
  const [replica] = rig.replicas;
  await observe(3_000);
  const silentMs = performance.now();
  const before = percentileMs(reads(within(operations(), startMs, silentMs)), 0.99);
  begin(replica);
  let sockets: number | undefined;
  let out: number | undefined;
  let ejectedMs: number;
  try {
    out = await health.left(replica.name, silentMs, 10_000);
    // A suspect node is out of the routing as well, but a node stays down until it answers.
    await health.delayUntil(replica.name, silentMs, 10_000, ({ state }) => state === 'down');
    ejectedMs = performance.now();
    await observe(3_000);
    // Only the two services under test; a peer that runs at the same time has separate connections.
    const pids = rig.services.slice(0, SERVICES).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
    sockets = countConnectionsTo(replica.port, pids);
  } finally {
    await end(replica);
  }
  const endedMs = performance.now();
  const back = await health.returned(replica.name, endedMs, 15_000);
  await load.settle();
  const during = percentileMs(reads(within(operations(), silentMs, ejectedMs)), 0.99);
  const after = percentileMs(reads(within(operations(), ejectedMs, endedMs)), 0.99);
  const normalMs = Math.max(2 * before, NOISE_FLOOR_MS);
  return [
    delayMeasurement('out after', out, 2_000),
    { what: 'read p99 during', measured: formatMs(during), isMet: during <= 1_500 },
    {
      what: 'read p99 after ejection',
      measured: `${formatMs(after)} (before ${formatMs(before)}, limit ${formatMs(normalMs)})`,
      isMet: after <= normalMs,
    },
    {
      what: 'connections still open to it (one probe per service is allowed)',
      measured: sockets === undefined ? 'unknown on this system' : String(sockets),
      isMet: sockets !== undefined && sockets <= SERVICES,
    },
    delayMeasurement('back after', back, 5_000),
  ];
}

const guarantee = 'no read fails; reads are slow only briefly';
const bar =
  'no failed read; read p99 ≤ 1.5 s during, back to normal (2 × before, or 50 ms) after ejection; sockets destroyed';

export const replicaHung: FaultRow = {
  name: 'replica-hung',
  fault: 'replica hung',
  guarantee,
  bar,
  comparesPeer: true,
  run: (context) => silence(context, { begin: (node) => node.freeze(), end: (node) => node.thaw() }),
  conclude: noFailedRead,
};

export const blackhole: FaultRow = {
  name: 'blackhole',
  fault: 'black hole in front of a replica',
  guarantee,
  bar,
  run: (context) =>
    silence(context, { begin: (node) => node.link.cut(), end: (node) => node.link.restore() }),
  conclude: noFailedRead,
};
