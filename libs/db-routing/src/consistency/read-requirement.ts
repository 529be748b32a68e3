import { ConfigurationError } from '../errors';

/**
 * How fresh a read must be. strong: what the primary has. session: nothing older than the session wrote or saw.
 * bounded: nothing older than a given age. eventual: whatever a fit replica has.
 */
export const CONSISTENCY_LEVELS = ['strong', 'session', 'bounded', 'eventual'] as const;
export type ConsistencyLevel = (typeof CONSISTENCY_LEVELS)[number];

/** What one read may return. */
export type ReadRequirement =
  | { readonly level: Exclude<ConsistencyLevel, 'bounded'> }
  | {
      readonly level: 'bounded';
      /** No node whose data may be older, in milliseconds, as of its last probe. */
      readonly maxStalenessMs: number;
    };

/** `bounded({ maxStalenessMs: 2_000 })`: data that is at most this old. Throws ConfigurationError. */
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

/** The stricter of two requirements; of two bounds the tighter one. */
export function stricterOf(one: ReadRequirement, other: ReadRequirement): ReadRequirement {
  if (one.level === 'bounded' && other.level === 'bounded') {
    return one.maxStalenessMs <= other.maxStalenessMs ? one : other;
  }
  return CONSISTENCY_LEVELS.indexOf(one.level) <= CONSISTENCY_LEVELS.indexOf(other.level) ? one : other;
}
