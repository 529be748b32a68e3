import type { ReadRequirement } from '../consistency/read-requirement';
import type { Session } from '../consistency/session';
import type { Requirement } from './decide';
import type { TopologySnapshot } from '../cluster/topology/snapshot';

/** A requirement, with everything needed to run the statement. */
export interface Route extends Requirement {
  /** The consistency level. Default: `session`. */
  readonly read?: ReadRequirement | undefined;
  /** The statement's text, to remember it by when a replica refuses it. */
  readonly text?: string | undefined;
  /** Time limit for the statement, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** The rule that sets the limit, as `rule 'name'` or `rule 3`. */
  readonly ruleLabel?: string | undefined;
}

/** Whether the position of its session decides which nodes may serve the read. */
export function needsSession({ target, read }: Route): boolean {
  return target === 'replica' && (read?.level ?? 'session') === 'session';
}

/** Whether the read's data may only be so old, which the monitor has judged of one server. */
export function isBounded({ read }: Route): boolean {
  return read?.level === 'bounded';
}

/** The same read on the primary, because a write of its session has no known position. */
export function onPrimary(need: Route): Route {
  return { ...need, target: 'primary', reason: 'session-write', group: undefined };
}

/**
 * Adds a session's needs to a read's route: the primary while one of the session's writes has no known
 * position yet; otherwise a node that has everything that the session has seen. Copies each field by name:
 * spreading the plan would cost nearly every read a microsecond.
 */
export function routeFor(need: Route, session: Session | undefined, snapshot: TopologySnapshot): Route {
  if (!session || !needsSession(need)) return need;
  if (session.hasUnplacedWrites) return onPrimary(need);
  const position = session.needed;
  if (position) {
    const { target, reason, group, maxStalenessMs, weights, read, text, timeoutMs, ruleLabel } = need;
    return { target, reason, group, maxStalenessMs, weights, position, read, text, timeoutMs, ruleLabel };
  }
  return session.followsReads && !snapshot.primary ? { ...need, isOfSession: true } : need;
}
