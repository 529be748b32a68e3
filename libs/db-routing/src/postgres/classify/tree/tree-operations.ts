import type { QualifiedName } from '../../../engine/statement';
import { childList, childNode, childText, isNode, type TreeNode, untag } from './syntax-tree';
import { rangeVarName, WRITING_STATEMENTS } from './tree-writes';

/** One operation of a statement, such as an INSERT in a common table expression, and what it names. */
export interface TreeOperation {
  /** SELECT, VALUES, INSERT, UPDATE, DELETE or MERGE; for any other statement its first word. */
  readonly name: string;
  readonly isWrite: boolean;
  /** Tables and views, as often as the operation names them, without the names of CTEs. */
  readonly relations: QualifiedName[];
}

/** The names of the visible CTEs, which hide relations of the same name. */
type Scope = ReadonlySet<string>;
const NO_CTES: Scope = new Set();

/**
 * Returns the operations of one statement in the order in which its text names them, so those of common table
 * expressions precede the statement that uses them.
 *
 * @param firstWord the name of the statement if it is neither a query nor a write
 */
export function operationsOf(tree: TreeNode, firstWord: string): readonly TreeOperation[] {
  const [tag] = untag(tree);
  const isData = tag === 'SelectStmt' || WRITING_STATEMENTS.has(tag);
  const operations: TreeOperation[] = isData ? [] : [{ name: firstWord, isWrite: false, relations: [] }];
  visit(tree, '', NO_CTES, operations);
  return operations;
}

/** `key`: where the value was found, which for a statement is its tag. */
function visit(value: unknown, key: string, scope: Scope, operations: TreeOperation[]): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, '', scope, operations);
    return;
  }
  if (!isNode(value) || noteRelation(value, scope, operations)) return;
  const inner = visitCommonTableExpressions(value, scope, operations);
  const verb = WRITING_STATEMENTS.get(key);
  if (verb !== undefined) noteWrite(verb, value, operations);
  else if (isQuery(value) && !isSetOperation(value))
    operations.push({ name: isValues(value) ? 'VALUES' : 'SELECT', isWrite: false, relations: [] });

  for (const [field, child] of inTextOrder(value)) {
    if (verb !== undefined && field === 'relation') continue;
    visit(field === 'selectStmt' ? withoutValues(child) : child, field, inner, operations);
  }
}

/** Notes a RangeVar. Returns true when the node is one: there is nothing to search below it. */
function noteRelation(node: TreeNode, scope: Scope, operations: readonly TreeOperation[]): boolean {
  if (childText(node, 'relname') === undefined || childText(node, 'relpersistence') === undefined)
    return false;
  const name = rangeVarName(node);
  if (name.schema !== undefined || !scope.has(name.name)) operations.at(-1)?.relations.push(name);
  return true;
}

function noteWrite(verb: string, node: TreeNode, operations: TreeOperation[]): void {
  const [name = verb] = verb.split(' ');
  // A CTE cannot be written to: the target is a relation, even if a visible CTE has its name.
  const target = childNode(node, 'relation');
  operations.push({ name, isWrite: true, relations: target === undefined ? [] : [rangeVarName(target)] });
}

/** Returns the CTE names that the rest of the statement sees. */
function visitCommonTableExpressions(node: TreeNode, scope: Scope, operations: TreeOperation[]): Scope {
  const clause = childNode(node, 'withClause');
  if (clause === undefined) return scope;
  const tables = childList(clause, 'ctes')
    .filter(isNode)
    .map((tagged) => untag(tagged)[1]);
  const names = tables.map((table) => childText(table, 'ctename') ?? '');
  tables.forEach((table, index) => {
    const visible = clause['recursive'] === true ? names : names.slice(0, index);
    visit(table, '', new Set([...scope, ...visible]), operations);
  });
  return new Set([...scope, ...names]);
}

/** In the tree, the WHERE of an UPDATE or a DELETE precedes its FROM or USING. */
function inTextOrder(node: TreeNode): [field: string, child: unknown][] {
  const fields = Object.entries(node).filter(([field]) => field !== 'withClause');
  const isCondition = ([field]: [string, unknown]): boolean => field === 'whereClause';
  return [...fields.filter((field) => !isCondition(field)), ...fields.filter(isCondition)];
}

function isQuery(node: TreeNode): boolean {
  return 'limitOption' in node;
}

/** UNION, INTERSECT or EXCEPT: its two queries are operations, and it is none itself. */
function isSetOperation(node: TreeNode): boolean {
  return 'larg' in node;
}

function isValues(node: TreeNode): boolean {
  return childList(node, 'valuesLists').length > 0;
}

/** The VALUES of an INSERT are part of it; only their expressions can contain operations. */
function withoutValues(statement: unknown): unknown {
  const query = isNode(statement) ? untag(statement)[1] : {};
  return isValues(query) ? query['valuesLists'] : statement;
}
