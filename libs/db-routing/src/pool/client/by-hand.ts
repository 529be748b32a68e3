import type { Statement } from '../../sql/statement';
import type { Characteristics } from '../../transaction/options';

/** What a transaction that a client begins by hand is like, for routing rules on transactions. */
export function byHand(begin: Statement): Characteristics {
  const { isolationLevel, readOnly = false, deferrable = false } = begin.transaction ?? {};
  const isolation =
    isolationLevel === undefined || isolationLevel === 'read uncommitted' ? 'read committed' : isolationLevel;
  return {
    name: begin.text,
    isolation: isolation.toUpperCase() as Characteristics['isolation'],
    isIsolationOpen: isolationLevel === undefined,
    readOnly,
    deferrable,
    durability: undefined,
    issuesToken: !readOnly,
  };
}
