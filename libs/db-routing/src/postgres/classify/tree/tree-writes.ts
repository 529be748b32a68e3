import type { QualifiedName } from '../../../engine/statement';
import { childList, childNode, childText, isNode, printName, type TreeNode, untag } from './syntax-tree';

/** Tags of the statements that change rows, at any depth of a tree. */
export const WRITING_STATEMENTS: ReadonlyMap<string, string> = new Map([
  ['InsertStmt', 'INSERT INTO'],
  ['UpdateStmt', 'UPDATE'],
  ['DeleteStmt', 'DELETE FROM'],
  ['MergeStmt', 'MERGE INTO'],
]);

const LOCK_STRENGTHS: ReadonlyMap<string, string> = new Map([
  ['LCS_FORKEYSHARE', 'FOR KEY SHARE'],
  ['LCS_FORSHARE', 'FOR SHARE'],
  ['LCS_FORNOKEYUPDATE', 'FOR NO KEY UPDATE'],
  ['LCS_FORUPDATE', 'FOR UPDATE'],
]);

/** Returns 'SELECT INTO copied' for a query that creates a table. */
export function selectInto(node: TreeNode): string | undefined {
  const into = childNode(node, 'intoClause');
  if (into === undefined) return undefined;
  return `SELECT INTO ${printName(rangeVarName(childNode(into, 'rel') ?? {}))}`;
}

/** Returns 'FOR UPDATE on o' for a query that locks rows. */
export function rowLocks(node: TreeNode): string[] {
  return childList(node, 'lockingClause')
    .filter(isNode)
    .map((tagged) => {
      const [, clause] = untag(tagged);
      const strength = LOCK_STRENGTHS.get(childText(clause, 'strength') ?? '') ?? 'row lock';
      // Names of the FROM clause, aliases included, so they are not relations to look up.
      const locked = childList(clause, 'lockedRels')
        .filter(isNode)
        .map((relation) => printName(rangeVarName(untag(relation)[1])));
      return locked.length === 0 ? strength : `${strength} on ${locked.join(', ')}`;
    });
}

export function rangeVarName(node: TreeNode): QualifiedName {
  const schema = childText(node, 'schemaname');
  const name = childText(node, 'relname') ?? '?';
  return schema === undefined ? { name } : { schema, name };
}
