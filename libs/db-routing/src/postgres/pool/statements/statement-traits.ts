import type { Statement, StatementKind } from '../../../engine/statement';

const MAY_OPEN_TRANSACTION = new Set<StatementKind>(['begin', 'multi', 'unparseable']);
const MAY_COMMIT_AND_FAIL = new Set<StatementKind>(['multi', 'call', 'do', 'unparseable']);

/** Provably a read that leaves its connection as it was. */
export function isPlainRead({ target, backendState }: Statement): boolean {
  return target === 'replica' && backendState === 'none';
}

/** Whether a transaction may be open when it is answered that was not open before: BEGIN, and texts of which only the server knows. */
export function mayOpenTransaction({ kind }: Statement): boolean {
  return MAY_OPEN_TRANSACTION.has(kind);
}

/** Whether the statement ends a transaction and, without AND CHAIN, opens no other. */
export function endsForGood({ kind, transaction }: Statement): boolean {
  return (kind === 'commit' || kind === 'rollback') && transaction?.chain !== true;
}

/** Whether it may commit part of what it does and fail afterwards. */
export function mayCommitAndFail({ kind }: Statement): boolean {
  return MAY_COMMIT_AND_FAIL.has(kind);
}
