/** Picks one of the candidates; never called with none. */
export type Balancer = <T>(
  candidates: readonly T[],
  loadOf: (candidate: T) => number,
  random: () => number,
) => T;

/**
 * Power of two choices: of two candidates drawn at random the less loaded one. Nearly as even as asking
 * all of them, without the herd that runs to the one least loaded
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 */
export const twoRandomChoices: Balancer = (candidates, loadOf, random) => {
  const count = candidates.length;
  const first = Math.floor(random() * count);
  const a = candidates[first] as (typeof candidates)[number];
  if (count === 1) return a;
  const step = 1 + Math.floor(random() * (count - 1));
  const b = candidates[(first + step) % count] as (typeof candidates)[number];
  return loadOf(b) < loadOf(a) ? b : a;
};

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
