import { ConfigurationError } from '../errors';
import { configuredFor } from '../engine/node-address';
import type { NodeStatus } from '../cluster/topology/snapshot';

/**
 * Picks one of the candidates, of which there is at least one. `loadOf`: how busy a node is, on any scale;
 * `random`: a number in [0, 1). An application may pass its own function as its balancer.
 */
export type Balancer = (
  candidates: readonly NodeStatus[],
  loadOf: (candidate: NodeStatus) => number,
  random: () => number,
) => NodeStatus;

export const BALANCERS = ['two-choices', 'round-robin', 'random', 'least-loaded', 'weighted'] as const;

export type BalancerName = (typeof BALANCERS)[number];

/**
 * Returns the balancer of that name. `weights`: by node name, 1 where none is given. Throws
 * ConfigurationError when the name is unknown.
 */
export function balancerNamed(name: BalancerName, weights: Readonly<Record<string, number>> = {}): Balancer {
  switch (name) {
    case 'two-choices':
      return twoRandomChoices;
    case 'round-robin':
      return roundRobin();
    case 'random':
      return uniform;
    case 'least-loaded':
      return leastLoaded;
    case 'weighted':
      return (candidates, loadOf, random) =>
        weightedTwoChoices(
          candidates,
          (node) => configuredFor(node.address, (name) => weights[name]) ?? 1,
          loadOf,
          random,
        );
    default:
      throw new ConfigurationError('balancer', name, `must be one of ${BALANCERS.join(', ')}, or a function`);
  }
}

const uniform: Balancer = (candidates, _, random) =>
  candidates[Math.floor(random() * candidates.length)] as NodeStatus;

/** Takes the candidates in turn. A node that joins or leaves shifts the turn, which does no harm. */
function roundRobin(): Balancer {
  let turn = -1;
  return (candidates) => {
    turn = (turn + 1) % candidates.length;
    return candidates[turn] as NodeStatus;
  };
}

/**
 * Compares every candidate: the cost grows with their number, and many processes rush to the same node at
 * once.
 */
const leastLoaded: Balancer = (candidates, loadOf, random) => {
  const offset = Math.floor(random() * candidates.length);
  let best = candidates[offset] as NodeStatus;
  let bestLoad = loadOf(best);
  for (let n = 1; n < candidates.length; n++) {
    const candidate = candidates[(offset + n) % candidates.length] as NodeStatus;
    const load = loadOf(candidate);
    if (load < bestLoad) [best, bestLoad] = [candidate, load];
  }
  return best;
};

/**
 * Power of two choices: draws two candidates at random and prefers the less loaded one, with odds by the
 * square of the ratio of their loads. Nearly as even as comparing all candidates, without many processes
 * rushing to the least loaded one (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing",
 * 2001). A strict choice would leave the slightly slower of two idle nodes without reads, so that its latency
 * would never be measured again.
 */
export function twoRandomChoices<T>(
  candidates: readonly T[],
  loadOf: (candidate: T) => number,
  random: () => number,
): T {
  const count = candidates.length;
  const first = Math.floor(random() * count);
  const a = candidates[first] as T;
  if (count === 1) return a;
  const step = 1 + Math.floor(random() * (count - 1));
  const b = candidates[(first + step) % count] as T;
  const weightOfA = loadOf(b) ** 2;
  const weightOfB = loadOf(a) ** 2;
  const total = weightOfA + weightOfB;
  return random() < (total === 0 ? 0.5 : weightOfB / total) ? b : a;
}

/**
 * Two choices with weights: both draws follow the weights, all of which must be positive, and the candidate
 * with less load per weight is taken.
 */
export function weightedTwoChoices<T>(
  candidates: readonly T[],
  weightOf: (candidate: T) => number,
  loadOf: (candidate: T) => number,
  random: () => number,
): T {
  const a = drawByWeight(candidates, weightOf, random);
  const others = candidates.filter((candidate) => candidate !== a);
  if (others.length === 0) return a;
  const b = drawByWeight(others, weightOf, random);
  return loadOf(b) * weightOf(a) < loadOf(a) * weightOf(b) ? b : a;
}

function drawByWeight<T>(
  candidates: readonly T[],
  weightOf: (candidate: T) => number,
  random: () => number,
): T {
  const total = candidates.reduce((sum, candidate) => sum + weightOf(candidate), 0);
  let left = random() * total;
  for (const candidate of candidates) {
    left -= weightOf(candidate);
    if (left < 0) return candidate;
  }
  return candidates.at(-1) as T;
}
