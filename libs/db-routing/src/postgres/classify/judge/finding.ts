import type { BackendStateEffect, StatementReason } from '../../../engine/statement';

/** One reason that keeps a statement from a replica. */
export interface Finding {
  readonly reason: StatementReason;
  /** For people: 'FOR UPDATE on orders'. */
  readonly detail: string;
  readonly backendState: BackendStateEffect;
  /** True when it may change definitions (functions, views, tables …). */
  readonly mayDefine?: boolean;
  /** True when DISCARD ALL may not undo what it leaves in its backend session. */
  readonly outlivesDiscard?: boolean;
}

/**
 * Returns a finding of which nothing is known: it may change its backend session in any way, and definitions.
 */
export function unproven(reason: StatementReason, detail: string): Finding {
  return { reason, detail, backendState: 'changes', mayDefine: true };
}

const WEIGHT: Readonly<Record<BackendStateEffect, number>> = { none: 0, uses: 1, advances: 2, changes: 3 };

export function worstBackendState(effects: Iterable<BackendStateEffect>): BackendStateEffect {
  let worst: BackendStateEffect = 'none';
  for (const effect of effects) if (WEIGHT[effect] > WEIGHT[worst]) worst = effect;
  return worst;
}
