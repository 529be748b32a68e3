import { makeSnapshot, type NodeStatus, type TopologySnapshot } from '../cluster/topology/snapshot';
import { twoRandomChoices } from './balancer';
import { decide, type DecideContext, type Requirement } from './decide';

/** A primary and so many replicas in three zones; `changes`: what is different about the replica. */
function clusterOf(count: number, changes: (index: number) => Partial<NodeStatus> = () => ({})) {
  const primary = node('p', 'primary', {});
  return makeSnapshot([
    primary,
    ...Array.from({ length: count }, (_, index) => node(`r${index}`, 'replica', changes(index))),
  ]);
}

function node(name: string, role: NodeStatus['role'], changes: Partial<NodeStatus>): NodeStatus {
  const address = { name, host: name, port: 1 };
  return { address, role, state: 'up', reason: 'answers', timeline: 1, stalenessMs: 10, ...changes };
}

/** Counts the replicas that are looked at. */
function watched(snapshot: TopologySnapshot): { snapshot: TopologySnapshot; looks: () => number } {
  let looks = 0;
  const fitReplicas = new Proxy(snapshot.fitReplicas, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  return { snapshot: { ...snapshot, fitReplicas }, looks: () => looks };
}

const CONTEXT: DecideContext = { balance: twoRandomChoices, loadOf: () => 1, random: Math.random };
const OF_SESSION: Requirement = { target: 'replica', reason: 'read', isOfSession: true };
const BOUNDED: Requirement = { target: 'replica', reason: 'read', maxStalenessMs: 1_000 };
const isNear = ({ address }: NodeStatus) => Number(address.name.slice(1)) % 3 === 0;

describe('a choice among many replicas', () => {
  it.each([
    ['in a session', OF_SESSION, {}],
    ['with a bound on the staleness', BOUNDED, {}],
    ['after a failure', BOUNDED, { exclude: new Set(['r7']) }],
  ])('looks at a few of them: %s', (_, need, more) => {
    const { snapshot, looks } = watched(clusterOf(300));
    for (let n = 0; n < 1_000; n++) decide(need, snapshot, { ...CONTEXT, ...more });
    expect(looks() / 1_000).toBeLessThan(3);
  });

  it('looks for the near ones once', () => {
    const { snapshot, looks } = watched(clusterOf(300));
    for (let n = 0; n < 1_000; n++) {
      expect(isNear(decide(OF_SESSION, snapshot, { ...CONTEXT, isNear }).node)).toBe(true);
    }
    expect(looks()).toBe(300);
  });

  it('gives each that can serve the same share', () => {
    const snapshot = clusterOf(60, (index) => (index % 2 === 0 ? { stalenessMs: 5_000 } : {}));
    const served = new Map<string, number>();
    for (let n = 0; n < 30_000; n++) {
      const { name } = decide(BOUNDED, snapshot, CONTEXT).node.address;
      served.set(name, (served.get(name) ?? 0) + 1);
    }
    expect(served.size).toBe(30);
    for (const count of served.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200);
  });

  it.each([
    ['in the zone', (index: number) => index === 9],
    ['in another zone', (index: number) => index === 10],
  ])('finds the only one that can serve, %s', (_, isFresh) => {
    const snapshot = clusterOf(300, (index) => (isFresh(index) ? {} : { stalenessMs: 5_000 }));
    const { name } = decide(BOUNDED, snapshot, { ...CONTEXT, isNear }).node.address;
    expect(isFresh(Number(name.slice(1)))).toBe(true);
  });
});
