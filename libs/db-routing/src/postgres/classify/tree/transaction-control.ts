import type { WrittenIsolation, StatementKind, TransactionRequest } from '../../../engine/statement';
import { childList, childNode, childText, isNode, type TreeNode, untag } from './syntax-tree';

const KINDS: ReadonlyMap<string, StatementKind> = new Map([
  ['TRANS_STMT_BEGIN', 'begin'],
  ['TRANS_STMT_START', 'begin'],
  ['TRANS_STMT_COMMIT', 'commit'],
  ['TRANS_STMT_ROLLBACK', 'rollback'],
  ['TRANS_STMT_SAVEPOINT', 'savepoint'],
  ['TRANS_STMT_RELEASE', 'release-savepoint'],
  ['TRANS_STMT_ROLLBACK_TO', 'rollback-to-savepoint'],
  ['TRANS_STMT_PREPARE', 'prepare-transaction'],
  ['TRANS_STMT_COMMIT_PREPARED', 'commit-prepared'],
  ['TRANS_STMT_ROLLBACK_PREPARED', 'rollback-prepared'],
]);

const ISOLATION_LEVELS: readonly WrittenIsolation[] = [
  'read uncommitted',
  'read committed',
  'repeatable read',
  'serializable',
];

/** Returns the kind of a TransactionStmt. */
export function transactionKind(node: TreeNode): StatementKind {
  return KINDS.get(childText(node, 'kind') ?? '') ?? 'other';
}

/** Returns what a TransactionStmt, SET TRANSACTION or SET SESSION CHARACTERISTICS asks for. */
export function transactionRequest(node: TreeNode): TransactionRequest {
  const savepoint = childText(node, 'savepoint_name');
  const preparedId = childText(node, 'gid');
  return {
    ...modes([...childList(node, 'options'), ...childList(node, 'args')]),
    ...(node['chain'] === true ? { chain: true } : {}),
    ...(savepoint === undefined ? {} : { savepoint }),
    ...(preparedId === undefined ? {} : { preparedId }),
  };
}

/** When a mode occurs twice the last one counts, as in PostgreSQL. */
function modes(options: readonly unknown[]): TransactionRequest {
  const request: { isolationLevel?: WrittenIsolation; readOnly?: boolean; deferrable?: boolean } = {};
  for (const tagged of options) {
    if (!isNode(tagged)) continue;
    const [, option] = untag(tagged);
    const name = childText(option, 'defname');
    const constant = constantOf(option);
    if (name === 'transaction_isolation') {
      const level = ISOLATION_LEVELS.find((known) => known === constant);
      if (level !== undefined) request.isolationLevel = level;
    }
    if (name === 'transaction_read_only') request.readOnly = constant === 1;
    if (name === 'transaction_deferrable') request.deferrable = constant === 1;
  }
  return request;
}

/** Reads { A_Const: { sval: { sval } } } or { ival: { ival } }; zero is written as { ival: {} }. */
function constantOf(option: TreeNode): string | number | undefined {
  const constant = childNode(childNode(option, 'arg') ?? {}, 'A_Const') ?? {};
  const text = childNode(constant, 'sval');
  if (text !== undefined) return childText(text, 'sval');
  const integer = childNode(constant, 'ival');
  if (integer === undefined) return undefined;
  return typeof integer['ival'] === 'number' ? integer['ival'] : 0;
}
