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
