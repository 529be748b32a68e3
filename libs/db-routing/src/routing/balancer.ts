import { ConfigurationError } from '../errors';
import { configuredFor } from '../engine/node-address';
import type { NodeStatus } from '../cluster/topology/snapshot';

/**
 * Picks one of the candidates; never called with none. `loadOf`: how busy a node is, in any scale; `random`: in [0, 1).
 * A balancer of one's own is such a function.
 */
export type Balancer = (
  candidates: readonly NodeStatus[],
  loadOf: (candidate: NodeStatus) => number,
  random: () => number,
) => NodeStatus;

export const BALANCERS = ['two-choices', 'round-robin', 'random', 'least-loaded', 'weighted'] as const;

export type BalancerName = (typeof BALANCERS)[number];

/** The balancer of that name. `weights`, by node: 1 where none is given. Throws ConfigurationError for an unknown name. */
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

/** One after the other; nodes that come and go shift the turn, and do no other harm. */
function roundRobin(): Balancer {
  let turn = -1;
  return (candidates) => {
    turn = (turn + 1) % candidates.length;
    return candidates[turn] as NodeStatus;
  };
}

/** Asks every candidate: the cost grows with their number, and many instances run to the same node at once. */
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
 * Power of two choices: of two candidates drawn at random the less loaded one is likelier, by the square of the ratio. Nearly as even
 * as asking all of them, without the herd that runs to the one least loaded
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001). A strict choice would leave the
 * slightly slower of two idle nodes without any work, and its measurement without any renewal.
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
 * Two choices where some candidates are to get more than others: both draws follow the weights (all of them positive), and the less
 * loaded of the two, for its weight, is taken.
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
