import type { ReadRequirement } from '../consistency/read-requirement';
import type { Session } from '../consistency/session';
import type { Requirement } from './decide';
import type { TopologySnapshot } from '../cluster/topology/snapshot';

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

/**
 * What a read needs for its session: the primary, while a write of it is under way whose position is not known yet; else a node that has
 * what it has seen. Each field by its name: a spread of a plan costs nearly every read a microsecond.
 */
export function routeFor(need: Route, session: Session | undefined, snapshot: TopologySnapshot): Route {
  const isAsked = need.target === 'replica' && (need.read?.level ?? 'session') === 'session';
  if (!isAsked || !session) return need;
  if (session.hasUnplacedWrites) {
    return { ...need, target: 'primary', reason: 'session-write', group: undefined };
  }
  const position = session.needed;
  if (position) {
    const { target, reason, group, maxStalenessMs, weights, read, text, timeoutMs, ruleLabel } = need;
    return { target, reason, group, maxStalenessMs, weights, position, read, text, timeoutMs, ruleLabel };
  }
  return session.followsReads && !snapshot.primary ? { ...need, isOfSession: true } : need;
}
