import { decide } from '../library';
import { Service } from '../load/service';
import { Prng } from '../time/prng';
import { Scheduler } from '../time/scheduler';
import { logAt } from '../engine/positions';
import { World } from '../world/world';
import { namesOf, serviceIn, worldOf, ZONES } from './plan';

/** What choosing a node costs in a cluster of this size. */
export interface DecisionCost {
  readonly nodes: number;
  readonly read: string;
  /** Replicas that a decision looks at, on average. */
  readonly looks: number;
  readonly ns: number;
}

const DECISIONS = 50_000;
export const SIZES = [3, 30, 300];
export const READS = ['eventual', 'session', 'bounded'] as const;

/** Lets the pool decide many times on one snapshot, as it does between two probes. */
export async function decisionCosts(): Promise<readonly DecisionCost[]> {
  const costs: DecisionCost[] = [];
  for (const nodes of SIZES) {
    const scheduler = new Scheduler();
    const prng = new Prng(1, `decisions/${nodes}`);
    const servers = namesOf(nodes);
    const world = new World(scheduler, prng.stream('world'), worldOf(servers));
    const service = new Service('one', world, prng.stream('service'), serviceIn(ZONES[0], servers));
    let hasStarted = false;
    void service.start().then(() => (hasStarted = true));
    await scheduler.run(() => hasStarted);
    for (const read of READS) costs.push({ nodes, read, ...costOf(service, world, read) });
    service.parts.catalog.end();
    service.parts.unregister();
  }
  return costs;
}

function costOf(service: Service, world: World, read: (typeof READS)[number]): { looks: number; ns: number } {
  const { execution, nodes } = service.parts;
  const snapshot = nodes.topology;
  const position = { systemId: world.systemId, timeline: 1, log: logAt(world.firstLsn) };
  const need = {
    target: 'replica',
    reason: 'read',
    ...(read === 'session' && { position, isOfSession: true }),
    ...(read === 'bounded' && { maxStalenessMs: 10_000 }),
  } as const;
  let looks = 0;
  const fitReplicas = new Proxy(snapshot.fitReplicas, {
    get(target, key, receiver) {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  const { isNear, ...everywhere } = execution.choice.context;
  for (let n = 0; n < DECISIONS; n++) decide(need, { ...snapshot, fitReplicas }, everywhere);
  // CPU time: other processes on the machine do not count.
  const cpu = process.cpuUsage();
  for (let n = 0; n < DECISIONS; n++) decide(need, snapshot, { ...everywhere, isNear });
  const { user, system } = process.cpuUsage(cpu);
  return { looks: looks / DECISIONS, ns: ((user + system) * 1_000) / DECISIONS };
}
