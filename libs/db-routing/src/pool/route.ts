import type { Position } from '../consistency/position';
import type { ReadRequirement } from '../consistency/read-requirement';
import type { Requirement } from '../routing/decide';

/** A requirement with all that is needed to serve it. */
export interface Route extends Requirement {
  /** How fresh it must be. Default: what the session has seen. */
  readonly read?: ReadRequirement | undefined;
  /** To remember by, when a replica refuses it. */
  readonly text?: string | undefined;
  /** Limit for the statement, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Whose limit that is. */
  readonly ruleLabel?: string | undefined;
}

/** The same, for a session that has come so far. Each field by its name: a spread of a plan costs nearly every read a microsecond. */
export function routeFrom(need: Route, position: Position): Route {
  const { target, reason, group, maxStalenessMs, weights, read, text, timeoutMs, ruleLabel } = need;
  return { target, reason, group, maxStalenessMs, weights, position, read, text, timeoutMs, ruleLabel };
}
