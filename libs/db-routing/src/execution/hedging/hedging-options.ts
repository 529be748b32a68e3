import { ConfigurationError } from '../../errors';

/**
 * How reads are hedged: a read that a replica has not answered within its usual time is sent to another
 * replica as well; the first answer counts, and the other attempt is cancelled (Dean and Barroso, "The Tail
 * at Scale", 2013). Applies only to autocommit reads that a replica serves, and never sends one to the
 * primary.
 */
export interface HedgingOptions {
  /**
   * The second replica is asked when a read takes longer than this share of reads with the same text; at
   * least 0.5 and below 1. Default 0.95.
   */
  readonly percentile?: number | undefined;
  /** Minimum delay before the second replica is asked, in milliseconds; at least 1. Default 2. */
  readonly minDelayMs?: number | undefined;
  /**
   * Hedges as a share of all reads, above 0 and at most 1; one per second is always allowed. Default 0.05.
   */
  readonly maxShare?: number | undefined;
}

export interface HedgingSettings {
  readonly percentile: number;
  readonly minDelayMs: number;
  readonly maxShare: number;
}

/** Fills in the defaults. Throws ConfigurationError when a value is out of range. */
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
