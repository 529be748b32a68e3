import { ConfigurationError } from '../errors';

/**
 * How fresh a read must be. `strong`: as fresh as the primary. `session`: nothing older than the session has
 * written or seen. `bounded`: nothing older than a given age. `eventual`: the data of any fit replica.
 */
export const CONSISTENCY_LEVELS = ['strong', 'session', 'bounded', 'eventual'] as const;
export type ConsistencyLevel = (typeof CONSISTENCY_LEVELS)[number];

/** The freshness that one read needs. */
export type ReadRequirement =
  | { readonly level: Exclude<ConsistencyLevel, 'bounded'> }
  | {
      readonly level: 'bounded';
      /** Excludes nodes whose data may be older than this, in milliseconds, as of their last probe. */
      readonly maxStalenessMs: number;
    };

/**
 * `bounded({ maxStalenessMs: 2_000 })`: data at most two seconds old. Throws ConfigurationError when the
 * bound is not a whole number of at least 1.
 */
export function bounded({ maxStalenessMs }: { readonly maxStalenessMs: number }): ReadRequirement {
  if (!Number.isInteger(maxStalenessMs) || maxStalenessMs < 1) {
    throw new ConfigurationError(
      'bounded maxStalenessMs',
      maxStalenessMs,
      'must be a whole number of at least 1',
    );
  }
  return { level: 'bounded', maxStalenessMs };
}

/** Returns the stricter of two requirements; of two bounds, the tighter one. */
export function stricterOf(one: ReadRequirement, other: ReadRequirement): ReadRequirement {
  if (one.level === 'bounded' && other.level === 'bounded') {
    return one.maxStalenessMs <= other.maxStalenessMs ? one : other;
  }
  return CONSISTENCY_LEVELS.indexOf(one.level) <= CONSISTENCY_LEVELS.indexOf(other.level) ? one : other;
}
