import type { BackendStateEffect, StatementKind, StatementReason } from '../../../engine/statement';
import { childText, type TreeNode } from './syntax-tree';

/** A statement whose tag alone decides how it is treated. All of them run on the primary. */
export interface UtilityStatement {
  readonly kind: StatementKind;
  readonly reason: StatementReason;
  readonly backendState: BackendStateEffect;
  readonly mayDefine: boolean;
  /** See Finding. */
  readonly outlivesDiscard?: boolean;
}

/**
 * A statement that affects its backend session and definitions only as stated. What runs along with it is
 * judged by the names in it.
 */
function plain(
  kind: StatementKind,
  reason: StatementReason,
  backendState: BackendStateEffect = 'none',
): UtilityStatement {
  return { kind, reason, backendState, mayDefine: false };
}

/**
 * A statement that changes definitions, with event triggers that may run along, or one that is not known
 * here. It may change its backend session as well.
 */
function defining(kind: StatementKind, reason: StatementReason): UtilityStatement {
  return { kind, reason, backendState: 'changes', mayDefine: true };
}

const BY_TAG: ReadonlyMap<string, UtilityStatement> = new Map([
  ['InsertStmt', plain('insert', 'write')],
  ['UpdateStmt', plain('update', 'write')],
  ['DeleteStmt', plain('delete', 'write')],
  ['MergeStmt', plain('merge', 'write')],
  ['TruncateStmt', plain('truncate', 'write')],
  ['CreateTableAsStmt', defining('ddl', 'write')],
  ['RefreshMatViewStmt', defining('maintenance', 'write')],
  ['VacuumStmt', defining('maintenance', 'administration')],
  ['ClusterStmt', defining('maintenance', 'administration')],
  ['ReindexStmt', defining('maintenance', 'administration')],
  ['CheckPointStmt', plain('maintenance', 'administration')],
  ['GrantStmt', defining('grant', 'write')],
  ['GrantRoleStmt', defining('grant', 'write')],
  ['CommentStmt', defining('comment', 'write')],
  ['SecLabelStmt', defining('comment', 'write')],
  ['CallStmt', plain('call', 'procedure')],
  ['DoStmt', plain('do', 'procedure')],
  ['LockStmt', plain('lock', 'locking')],
  ['ListenStmt', plain('listen', 'notification', 'changes')],
  ['UnlistenStmt', plain('unlisten', 'notification', 'changes')],
  ['NotifyStmt', plain('notify', 'notification')],
  ['LoadStmt', { ...plain('load', 'session-state', 'changes'), outlivesDiscard: true }],
  ['PrepareStmt', plain('prepare', 'session-state', 'changes')],
  // The prepared statement is unknown here.
  ['ExecuteStmt', { kind: 'execute', reason: 'session-state', backendState: 'uses', mayDefine: true }],
  ['DeallocateStmt', plain('deallocate', 'session-state', 'changes')],
  ['DeclareCursorStmt', plain('declare-cursor', 'session-state', 'changes')],
  ['FetchStmt', plain('fetch', 'session-state', 'uses')],
  ['ClosePortalStmt', plain('close-cursor', 'session-state', 'changes')],
  ['DiscardStmt', plain('discard', 'session-state', 'changes')],
  ['ConstraintsSetStmt', plain('set', 'transaction-state')],
]);

const DDL =
  /^(Create|Alter|Drop|Define|Index|View|Rule|Rename|CompositeType|ImportForeignSchema|ReassignOwned|Create[a-z]+db|Createdb|Dropdb|ReplicaIdentity)/;

export function utilityStatement(tag: string, node: TreeNode): UtilityStatement {
  if (tag === 'VariableSetStmt') return settingStatement(node);
  return BY_TAG.get(tag) ?? defining(DDL.test(tag) ? 'ddl' : 'other', 'write');
}

function settingStatement(node: TreeNode): UtilityStatement {
  const kind = childText(node, 'kind')?.startsWith('VAR_RESET') === true ? 'reset' : 'set';
  const isOfTransaction = childText(node, 'name')?.startsWith('TRANSACTION') === true;
  if (node['is_local'] === true || isOfTransaction) return plain(kind, 'transaction-state');
  return plain(kind, 'session-state', 'changes');
}
