import { childList, childNode, childText, isNode, stringOf, type TreeNode, untag } from './syntax-tree';

/**
 * Whether an EXPLAIN may run its statement. Of several ANALYZE options PostgreSQL uses the last; here, one
 * that is not clearly off is enough.
 */
export function isAnalyzing(explain: TreeNode): boolean {
  return childList(explain, 'options')
    .filter(isNode)
    .map((tagged) => untag(tagged)[1])
    .some((option) => childText(option, 'defname') === 'analyze' && !isOff(childNode(option, 'arg')));
}

function isOff(value: TreeNode | undefined): boolean {
  if (value === undefined) return false;
  const integer = childNode(value, 'Integer');
  if (integer !== undefined) return (integer['ival'] ?? 0) === 0;
  const boolean = childNode(value, 'Boolean');
  if (boolean !== undefined) return boolean['boolval'] !== true;
  const word = stringOf(value)?.toLowerCase();
  return word === 'false' || word === 'off';
}
