import type { Statement } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import { isolationLevelOf } from '../../../transaction/options';

/**
 * The characteristics of a transaction that a client begins with its own BEGIN, for routing rules on
 * transactions.
 */
export function byHand(begin: Statement): Characteristics {
  const { isolationLevel, readOnly = false, deferrable = false } = begin.transaction ?? {};
  return {
    name: begin.text,
    isolation: isolationLevelOf(isolationLevel?.toUpperCase() ?? '') ?? 'READ COMMITTED',
    isIsolationOpen: isolationLevel === undefined,
    readOnly,
    deferrable,
    durability: undefined,
    issuesToken: !readOnly,
  };
}
