import type { Requirement } from '../routing/decide';

/** A requirement with all that is needed to serve it. */
export interface Route extends Requirement {
  /** To remember by, when a replica refuses it. */
  readonly text?: string | undefined;
  /** Limit for the statement, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Whose limit that is. */
  readonly ruleLabel?: string | undefined;
}
