import type { NodeStatus } from 'db-routing';
import type { Balancer } from '../../../../libs/db-routing/src/routing/balancer';
import type { Prng } from '../../time/prng';
import type { ServiceOptions } from '../service';
import { DURABILITY_RULES, forNoRead, type KnownRule, READ_RULES, sharesRule } from './catalogue';

type Routing = Pick<ServiceOptions, 'groups' | 'rules' | 'balancer' | 'weights' | 'zone' | 'zones'>;

const BALANCERS = ['two-choices', 'round-robin', 'random', 'least-loaded', 'weighted', 'own'] as const;
const ZONES = ['east', 'west'];

/** `names`: those of each server, all of them, since a group or a weight is configured for a server. */
export function drawRouting(prng: Prng, names: readonly (readonly string[])[]): Routing {
  return {
    ...drawBalancer(prng.stream('balancer'), names),
    ...drawZones(prng.stream('zones'), names),
    ...(prng.chance(0.7) && { groups: drawGroups(prng.stream('groups'), names) }),
    ...(prng.chance(0.75) && { rules: drawRules(prng.stream('rules'), names).map(({ rule }) => rule) }),
  };
}

/** The rules that the service has, in an order of their own. Drawn again when they are replaced. */
export function drawRules(prng: Prng, names: readonly (readonly string[])[]): readonly KnownRule[] {
  const [none, ...others] = shuffled(prng, names);
  const shares = sharesRule({
    ...Object.fromEntries((none ?? []).map((name) => [name, 0])),
    ...Object.fromEntries(others.flat().map((name) => [name, prng.whole(1, 5)])),
  });
  const reads = shuffled(prng, [...READ_RULES, shares]).filter(() => prng.chance(0.7));
  const durable = DURABILITY_RULES.filter(() => prng.chance(0.5));
  return [...reads, ...durable.map(forNoRead)];
}

/** The balancer of an application. */
const firstOrSecond: Balancer = (candidates, _, random) =>
  candidates[random() < 0.5 ? 0 : candidates.length - 1] as NodeStatus;

function drawBalancer(prng: Prng, names: readonly (readonly string[])[]): Routing {
  const name = prng.pick(BALANCERS);
  if (name === 'own') return { balancer: firstOrSecond };
  if (name !== 'weighted') return { balancer: name };
  return {
    balancer: name,
    weights: Object.fromEntries(names.flat().map((each) => [each, prng.between(0.5, 4)])),
  };
}

function drawZones(prng: Prng, names: readonly (readonly string[])[]): Routing {
  if (!prng.chance(0.4)) return {};
  const zones = names.flatMap((same) => {
    const zone = prng.pick(ZONES);
    // A zone is configured for a name with its port, or for the host.
    return same.map((name) => [prng.chance(0.5) ? name : name.replace(/:.*/, ''), zone] as const);
  });
  return { zone: prng.pick(ZONES), zones: Object.fromEntries(zones) };
}

function drawGroups(prng: Prng, names: readonly (readonly string[])[]): Routing['groups'] {
  const few = shuffled(prng, names).slice(0, prng.whole(1, Math.max(1, names.length - 2)));
  return {
    reporting: {
      nodes: few.flat(),
      ...(prng.chance(0.4) && { maxStalenessMs: prng.pick([500, 8_000]) }),
      // Others would have one replica left, or none.
      ...((names.length < 4 || prng.chance(0.4)) && { shared: true }),
    },
    capped: { maxConcurrent: prng.whole(1, 3), ...(prng.chance(0.4) && { maxStalenessMs: 8_000 }) },
  };
}

function shuffled<T>(prng: Prng, items: readonly T[]): T[] {
  const left = [...items];
  return items.map(() => left.splice(prng.whole(0, left.length - 1), 1)[0] as T);
}
