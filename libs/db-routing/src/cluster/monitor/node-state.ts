import type { NodeRole, NodeState } from '../topology/snapshot';

/** Limits of the state machine. */
export interface HealthLimits {
  /** A replica staler than this gets no reads. */
  readonly maxStalenessMs: number;
  /**
   * A replica that was lagging gets reads again below this; lower than the limit above, so that it does not
   * flap.
   */
  readonly readmitStalenessMs: number;
  /** A node is down after this many probes in a row without an answer. */
  readonly missesUntilDown: number;
}

/** The result of looking at a node once. */
export type Observation =
  | {
      readonly kind: 'answered';
      readonly role: NodeRole;
      readonly stalenessMs: number | undefined;
      /** Why the node cannot be judged yet; it gets no work until then. */
      readonly pending?: string;
      /** Why the node must not be used at all, however fresh it is. */
      readonly impediment?: string;
      /** Explains a lag, for people. */
      readonly remark?: string;
    }
  | { readonly kind: 'missed'; readonly error: string }
  /** The node is no longer in the configuration. */
  | { readonly kind: 'removed' }
  | { readonly kind: 'statement-failed'; readonly error: string };

/** The judgement of one node: an immutable value, which `judge` replaces. */
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

/** Returns the next judgement. Pure: `before` holds all that matters of the past. */
export function judge(before: NodeHealth, seen: Observation, limits: HealthLimits): NodeHealth {
  // A node that returns to the configuration starts again as a new one.
  if (before.state === 'draining') return before;
  switch (seen.kind) {
    case 'removed':
      return { ...before, state: 'draining', reason: 'it is no longer listed' };
    case 'statement-failed':
      // One failed statement is a hint, not a proof: routing skips the node until a probe answers.
      return before.state === 'down'
        ? before
        : { ...before, state: 'suspect', reason: `a statement failed: ${seen.error}` };
    case 'missed': {
      const misses = before.misses + 1;
      // A node that must not be used does not become usable by not answering.
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
  if (seen.role === 'unknown') return { state: 'unknown', reason: 'its role is unknown' };
  const why = seen.remark === undefined ? '' : ` (${seen.remark})`;
  if (seen.stalenessMs === undefined) {
    return {
      state: 'lagging',
      reason: `its staleness is unknown: it has not replayed any position seen on the primary${why}`,
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
