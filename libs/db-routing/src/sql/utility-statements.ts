import type { SessionEffect, StatementKind, StatementReason } from './statement';
import { childText } from './syntax-tree';
import type { TreeNode } from './syntax-tree';

/** A statement that is what it is, whatever it names: all of them are the primary's. */
export interface UtilityStatement {
  readonly kind: StatementKind;
  readonly reason: StatementReason;
  readonly session: SessionEffect;
}

function utility(
  kind: StatementKind,
  reason: StatementReason,
  session: SessionEffect = 'none',
): UtilityStatement {
  return { kind, reason, session };
}

const BY_TAG: ReadonlyMap<string, UtilityStatement> = new Map([
  ['InsertStmt', utility('insert', 'write')],
  ['UpdateStmt', utility('update', 'write')],
  ['DeleteStmt', utility('delete', 'write')],
  ['MergeStmt', utility('merge', 'write')],
  ['TruncateStmt', utility('truncate', 'write')],
  ['CreateTableAsStmt', utility('ddl', 'write')],
  ['RefreshMatViewStmt', utility('maintenance', 'write')],
  ['VacuumStmt', utility('maintenance', 'administration')],
  ['ClusterStmt', utility('maintenance', 'administration')],
  ['ReindexStmt', utility('maintenance', 'administration')],
  ['CheckPointStmt', utility('maintenance', 'administration')],
  ['GrantStmt', utility('grant', 'write')],
  ['GrantRoleStmt', utility('grant', 'write')],
  ['CommentStmt', utility('comment', 'write')],
  ['SecLabelStmt', utility('comment', 'write')],
  // The body may do anything: to the data, to the session, and in a procedure to the transaction.
  ['CallStmt', utility('call', 'procedure', 'changes')],
  ['DoStmt', utility('do', 'procedure', 'changes')],
  ['LockStmt', utility('lock', 'locking')],
  ['ListenStmt', utility('listen', 'notification', 'changes')],
  ['UnlistenStmt', utility('unlisten', 'notification', 'changes')],
  ['NotifyStmt', utility('notify', 'notification')],
  ['LoadStmt', utility('load', 'session-state', 'changes')],
  ['PrepareStmt', utility('prepare', 'session-state', 'changes')],
  ['ExecuteStmt', utility('execute', 'session-state', 'uses')],
  ['DeallocateStmt', utility('deallocate', 'session-state', 'changes')],
  ['DeclareCursorStmt', utility('declare-cursor', 'session-state', 'changes')],
  ['FetchStmt', utility('fetch', 'session-state', 'uses')],
  ['ClosePortalStmt', utility('close-cursor', 'session-state', 'changes')],
  ['DiscardStmt', utility('discard', 'session-state', 'changes')],
  ['ConstraintsSetStmt', utility('set', 'transaction-state')],
]);

const DDL =
  /^(Create|Alter|Drop|Define|Index|View|Rule|Rename|CompositeType|ImportForeignSchema|ReassignOwned|Create[a-z]+db|Createdb|Dropdb|ReplicaIdentity)/;

export function utilityStatement(tag: string, node: TreeNode): UtilityStatement {
  if (tag === 'VariableSetStmt') return settingStatement(node);
  return BY_TAG.get(tag) ?? (DDL.test(tag) ? utility('ddl', 'write') : utility('other', 'write'));
}

function settingStatement(node: TreeNode): UtilityStatement {
  const kind = childText(node, 'kind')?.startsWith('VAR_RESET') === true ? 'reset' : 'set';
  const isOfTransaction = childText(node, 'name')?.startsWith('TRANSACTION') === true;
  if (node['is_local'] === true || isOfTransaction) return utility(kind, 'transaction-state');
  return utility(kind, 'session-state', 'changes');
}
