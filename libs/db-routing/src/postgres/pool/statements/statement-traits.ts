import type { Statement, StatementKind } from '../../../engine/statement';

const MAY_OPEN_TRANSACTION = new Set<StatementKind>(['begin', 'multi', 'unparseable']);
const MAY_COMMIT_AND_FAIL = new Set<StatementKind>(['multi', 'call', 'do', 'unparseable']);

/** Whether the statement is provably a read that leaves the backend session unchanged. */
export function isPlainRead({ target, backendState }: Statement): boolean {
  return target === 'replica' && backendState === 'none';
}

/** Whether the statement may open a transaction: BEGIN, and texts that only the server understands. */
export function mayOpenTransaction({ kind }: Statement): boolean {
  return MAY_OPEN_TRANSACTION.has(kind);
}

/** Whether the statement ends a transaction and, without AND CHAIN, opens no other. */
export function endsForGood({ kind, transaction }: Statement): boolean {
  return (kind === 'commit' || kind === 'rollback') && transaction?.chain !== true;
}

/** Whether the statement may commit part of its work and then fail. */
export function mayCommitAndFail({ kind }: Statement): boolean {
  return MAY_COMMIT_AND_FAIL.has(kind);
}
