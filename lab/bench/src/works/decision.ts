import type * as Snapshots from '../../../../libs/db-routing/src/cluster/topology/snapshot';
import type * as Balancers from '../../../../libs/db-routing/src/routing/balancer';
import type * as Decisions from '../../../../libs/db-routing/src/routing/decide';
import type { WorkGroup } from '../bench';
import { internal } from '../db-routing-internals';
import { formatNumber } from '../statistics';

const { twoRandomChoices } = internal('routing/balancer') as typeof Balancers;
const { decide } = internal('routing/decide') as typeof Decisions;
const { makeSnapshot } = internal('cluster/topology/snapshot') as typeof Snapshots;

type DecideContext = Decisions.DecideContext;
type NodeStatus = Snapshots.NodeStatus;
type TopologySnapshot = Snapshots.TopologySnapshot;
type Requirement = Decisions.Requirement;

export const DECISION = 'decision';
const NODES = [3, 30, 100, 300];
const READ: Requirement = { target: 'replica', reason: 'read' };
const CALLS = 200_000;

export function nodesOf(nodes: number): string {
  return `${nodes} nodes`;
}

/** What choosing the node costs, by the number of nodes; no database takes part. */
export const decision: WorkGroup = {
  works: [{ name: DECISION, title: 'Choosing the node for a read, by the number of nodes' }],
  isDefault: true,
  expectedMs: () => 1_000,
  async run({ plan, figures, say }) {
    const contexts = NODES.map((nodes) => ({ nodes, context: caseOf(nodes) }));
    const calls = plan.isSmoke ? CALLS / 10 : CALLS;
    for (const { context } of contexts) costNs(context, calls);
    for (let round = 0; round < plan.rounds; round += 1) {
      for (const { nodes, context } of contexts) {
        const figure = {
          work: DECISION,
          case: nodesOf(nodes),
          contender: 'decide()',
          metric: 'ns/decision',
        };
        figures.add(figure, costNs(context, calls));
      }
    }
    const costs = NODES.map((nodes) => {
      const ns = figures.median(DECISION, nodesOf(nodes), 'decide()', 'ns/decision') ?? 0;
      return `${nodesOf(nodes)} ${formatNumber(ns)} ns`;
    });
    say(`  ${DECISION}: ${costs.join(', ')}`);
  },
};

function caseOf(count: number): { snapshot: TopologySnapshot; context: DecideContext } {
  const nodes = Array.from({ length: count }, (_, index): NodeStatus => {
    const name = `10.0.${index >> 8}.${index & 255}:5432`;
    return {
      address: { name, host: name, port: 5432 },
      role: index === 0 ? 'primary' : 'replica',
      state: 'up',
      reason: 'up',
      timeline: 1,
    };
  });
  const loads = new Map(nodes.map(({ address }, index) => [address.name, index % 7]));
  return {
    snapshot: makeSnapshot(nodes),
    context: {
      balance: twoRandomChoices,
      loadOf: ({ address }) => loads.get(address.name) ?? 0,
      random: Math.random,
    },
  };
}

let sink = 0;

function costNs({ snapshot, context }: ReturnType<typeof caseOf>, calls: number): number {
  // CPU time, not elapsed time: other processes on the machine do not make a decision more expensive.
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call += 1) sink += decide(READ, snapshot, context).node.address.port;
  // The optimiser may remove results that nothing reads.
  if (sink < 0) throw new RangeError('A port is negative.');
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / calls;
}
