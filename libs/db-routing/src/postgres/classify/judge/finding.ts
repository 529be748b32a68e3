import type { BackendStateEffect, StatementReason } from '../../../engine/statement';

/** One thing that keeps a statement from a replica. */
export interface Finding {
  readonly reason: StatementReason;
  /** For a person: 'FOR UPDATE on orders'. */
  readonly detail: string;
  readonly backendState: BackendStateEffect;
  /** It is not proven to leave definitions (functions, views, tables …) as they are. */
  readonly mayDefine?: boolean;
  /** What it leaves, or may leave, in its backend session, DISCARD ALL does not undo. */
  readonly outlivesDiscard?: boolean;
}

/** What nothing is known of: it may do anything to its backend session, and to definitions. */
export function unproven(reason: StatementReason, detail: string): Finding {
  return { reason, detail, backendState: 'changes', mayDefine: true };
}

const WEIGHT: Readonly<Record<BackendStateEffect, number>> = { none: 0, uses: 1, advances: 2, changes: 3 };

export function worstSession(effects: Iterable<BackendStateEffect>): BackendStateEffect {
  let worst: BackendStateEffect = 'none';
  for (const effect of effects) if (WEIGHT[effect] > WEIGHT[worst]) worst = effect;
  return worst;
}
