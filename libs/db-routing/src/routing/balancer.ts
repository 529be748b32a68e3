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
