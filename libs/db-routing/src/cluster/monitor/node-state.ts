import type { NodeRole, NodeState } from '../topology/snapshot';

/** Limits of the state machine. */
export interface HealthLimits {
  /** A replica staler than this leaves the routing. */
  readonly maxStalenessMs: number;
  /** A replica that was lagging comes back below this: lower, so that it does not flap. */
  readonly readmitStalenessMs: number;
  /** Probes in a row without an answer after which a node is down. */
  readonly missesUntilDown: number;
}

/** What one look at a node gave. */
export type Observation =
  | {
      readonly kind: 'answered';
      readonly role: NodeRole;
      readonly stalenessMs: number | undefined;
      /** Why it cannot be judged yet; it is not used then. */
      readonly pending?: string;
      /** Why it must not be used at all, whatever its staleness. */
      readonly impediment?: string;
      /** What explains a lag, for people. */
      readonly remark?: string;
    }
  | { readonly kind: 'missed'; readonly error: string }
  /** It is no longer part of the configuration. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'statement-failed'; readonly error: string };

/** Judgement of one node: a value, replaced by `judge`. */
export interface NodeHealth {
  readonly state: NodeState;
  readonly role: NodeRole;
  readonly reason: string;
  readonly misses: number;
}

export const UNJUDGED: NodeHealth = {
  state: 'unknown',
  role: 'unknown',
  reason: 'not probed yet',
  misses: 0,
};

/** The next judgement. Pure: what happened before is all in `before`. */
export function judge(before: NodeHealth, seen: Observation, limits: HealthLimits): NodeHealth {
  // Whoever is put back into the configuration starts again as a new node.
  if (before.state === 'draining') return before;
  switch (seen.kind) {
    case 'removed':
      return { ...before, state: 'draining', reason: 'it is no longer listed' };
    case 'statement-failed':
      // One failed statement is a hint, not a proof: the node is passed over until a probe has spoken.
      return before.state === 'down'
        ? before
        : { ...before, state: 'suspect', reason: `a statement failed: ${seen.error}` };
    case 'missed': {
      const misses = before.misses + 1;
      // One that must not be used does not become usable by its silence.
      const isDown =
        misses >= limits.missesUntilDown || before.state === 'unknown' || before.state === 'down';
      return {
        ...before,
        state: isDown ? 'down' : 'suspect',
        reason: `${misses} ${misses === 1 ? 'probe' : 'probes in a row'} failed: ${seen.error}`,
        misses,
      };
    }
    case 'answered':
      if (seen.pending !== undefined) return { ...UNJUDGED, reason: `it answers, but ${seen.pending}` };
      return { role: seen.role, misses: 0, ...verdict(before, seen, limits) };
  }
}

function verdict(
  before: NodeHealth,
  seen: Extract<Observation, { kind: 'answered' }>,
  limits: HealthLimits,
): Pick<NodeHealth, 'state' | 'reason'> {
  if (seen.impediment !== undefined) return { state: 'down', reason: seen.impediment };
  if (seen.role === 'primary') return { state: 'up', reason: 'primary' };
  if (seen.role === 'unknown') return { state: 'unknown', reason: 'its role could not be told' };
  const why = seen.remark === undefined ? '' : ` (${seen.remark})`;
  if (seen.stalenessMs === undefined) {
    return {
      state: 'lagging',
      reason: `how stale it is cannot be told: it has not replayed what was seen of the primary${why}`,
    };
  }
  const isReturning = before.state === 'lagging' || before.state === 'down';
  const limitMs = isReturning ? limits.readmitStalenessMs : limits.maxStalenessMs;
  const measured = Math.round(seen.stalenessMs);
  if (seen.stalenessMs > limitMs) {
    return { state: 'lagging', reason: `up to ${measured} ms stale, limit ${limitMs} ms${why}` };
  }
  return { state: 'up', reason: `at most ${measured} ms stale${why}` };
}
