import type { Prng } from '../time/prng';

const SINGLES = Array.from({ length: 24 }, (_, index) => `single/${index}`);
const TWINS = Array.from({ length: 6 }, (_, index): readonly [string, string] => [
  `twin/${index}/left`,
  `twin/${index}/right`,
]);

export const ALL_KEYS: readonly string[] = [...SINGLES, ...TWINS.flat()];

/** One key, or a pair that is always written together. */
export function someKeys(prng: Prng): readonly string[] {
  return prng.chance(0.4) ? prng.pick(TWINS) : [prng.pick(SINGLES)];
}

export function single(prng: Prng): string {
  return prng.pick(SINGLES);
}

/** A key that is none of these. */
export function otherThan(keys: readonly string[], prng: Prng): string {
  for (;;) {
    const key = single(prng);
    if (!keys.includes(key)) return key;
  }
}
