import { ConfigurationError } from '../../errors';

/**
 * How reads are hedged: one that a replica has not answered in the time that nearly all take is sent to another replica as well, the
 * first answer counts, and the other is cancelled (Dean and Barroso, "The Tail at Scale", 2013). Only autocommit reads
 * that a replica serves; never to the primary.
 */
export interface HedgingOptions {
  /** The second one is asked when a read takes longer than this share of those of the same text, at least 0.5 and below 1. Default 0.95. */
  readonly percentile?: number | undefined;
  /** But not before, in milliseconds. Default 2. */
  readonly minDelayMs?: number | undefined;
  /** Second reads as a share of all reads, above 0 and at most 1; besides, one a second. Default 0.05. */
  readonly maxShare?: number | undefined;
}

export interface HedgingSettings {
  readonly percentile: number;
  readonly minDelayMs: number;
  readonly maxShare: number;
}

/** Fills in the defaults. Throws ConfigurationError for what cannot work. */
export function hedgingSettings({
  percentile = 0.95,
  minDelayMs = 2,
  maxShare = 0.05,
}: HedgingOptions): HedgingSettings {
  if (!(percentile >= 0.5 && percentile < 1)) {
    throw new ConfigurationError('hedging.percentile', percentile, 'must be at least 0.5 and below 1');
  }
  if (!(Number.isFinite(minDelayMs) && minDelayMs >= 1)) {
    throw new ConfigurationError('hedging.minDelayMs', minDelayMs, 'must be at least 1');
  }
  if (!(maxShare > 0 && maxShare <= 1)) {
    throw new ConfigurationError('hedging.maxShare', maxShare, 'must be above 0 and at most 1');
  }
  return { percentile, minDelayMs, maxShare };
}
