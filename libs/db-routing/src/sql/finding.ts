import type { SessionEffect, StatementReason } from './statement';

/** One thing that keeps a statement from a replica. */
export interface Finding {
  readonly reason: StatementReason;
  /** For a person: 'FOR UPDATE on orders'. */
  readonly detail: string;
  readonly session: SessionEffect;
}

const WEIGHT: Readonly<Record<SessionEffect, number>> = { none: 0, uses: 1, advances: 2, changes: 3 };

export function worstSession(effects: Iterable<SessionEffect>): SessionEffect {
  let worst: SessionEffect = 'none';
  for (const effect of effects) if (WEIGHT[effect] > WEIGHT[worst]) worst = effect;
  return worst;
}
