import type { Statement } from '../../../engine/statement';
import type { Characteristics } from '../../../engine/characteristics';
import { isolationLevelOf } from '../../../transaction/options';

/** What a transaction that a client begins by hand is like, for routing rules on transactions. */
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
