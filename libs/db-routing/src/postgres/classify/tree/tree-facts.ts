import type { QualifiedName } from '../../../engine/statement';
import {
  childList,
  childNode,
  childText,
  isNode,
  printName,
  qualifiedName,
  stringOf,
  type TreeNode,
  untag,
} from './syntax-tree';
import { rangeVarName, rowLocks, selectInto, WRITING_STATEMENTS } from './tree-writes';

/**
 * A function called by name; `isLocalSetting` marks set_config(…, …, true), which ends with its transaction.
 */
export interface FunctionCall extends QualifiedName {
  readonly isLocalSetting?: boolean;
}

/**
 * x.name may be a column or a call name(x). `isColumnLike` is true when x is a plain name, so that a column
 * is likely.
 */
export interface FieldAccess {
  readonly name: string;
  readonly isColumnLike: boolean;
}

/** What a syntax tree names and does, without knowledge of the database. */
export interface TreeFacts {
  readonly relations: QualifiedName[];
  readonly functions: FunctionCall[];
  readonly fields: FieldAccess[];
  readonly operators: QualifiedName[];
  readonly types: QualifiedName[];
  readonly samplingMethods: QualifiedName[];
  /** 'INSERT INTO orders': data-modifying statements at any depth, SELECT INTO. */
  readonly writes: string[];
  /** What the data-modifying statements write to. */
  readonly written: QualifiedName[];
  /** 'FOR UPDATE on orders' */
  readonly locks: string[];
  /** SELECT INTO creates a table. */
  selectsInto: boolean;
  /** CREATE TEMP …, SELECT INTO TEMP …, and everything created in pg_temp. */
  createsTemporary: boolean;
  /** A name qualified with pg_temp. */
  usesTemporary: boolean;
}

/** The names of the visible CTEs, which hide relations of the same name. */
type Scope = ReadonlySet<string>;
const NO_CTES: Scope = new Set();

/** The operators that BETWEEN stands for; every other A_Expr carries the operator's own name. */
const BETWEEN_OPERATORS = ['<=', '>=', '<', '>'];

export function isTemporarySchema(schema: string | undefined): boolean {
  return schema !== undefined && /^pg_temp(_\d+)?$/.test(schema);
}

/**
 * Walks a whole tree. It searches every field of every node, so that it misses no place for an expression.
 */
export function collectFacts(tree: TreeNode): TreeFacts {
  const facts: TreeFacts = {
    relations: [],
    functions: [],
    fields: [],
    operators: [],
    types: [],
    samplingMethods: [],
    writes: [],
    written: [],
    locks: [],
    selectsInto: false,
    createsTemporary: false,
    usesTemporary: false,
  };
  visit(tree, NO_CTES, facts);
  return facts;
}

function visit(value: unknown, scope: Scope, facts: TreeFacts): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, scope, facts);
    return;
  }
  if (!isNode(value)) return;

  if (noteRelation(value, scope, facts)) return;
  noteNames(value, facts);
  noteImpliedOperators(value, facts);
  const into = selectInto(value);
  if (into !== undefined) {
    facts.writes.push(into);
    facts.selectsInto = true;
  }
  facts.locks.push(...rowLocks(value));
  const inner = visitCommonTableExpressions(value, scope, facts);

  for (const [key, child] of Object.entries(value)) {
    if (key === 'withClause' || key === 'lockingClause') continue;
    const verb = WRITING_STATEMENTS.get(key);
    if (verb !== undefined && isNode(child)) noteWrite(verb, child, facts);
    visit(child, inner, facts);
  }
}

/**
 * Notes a RangeVar, tagged or not. Returns true when the node is one: there is nothing to search below it.
 */
function noteRelation(node: TreeNode, scope: Scope, facts: TreeFacts): boolean {
  const name = childText(node, 'relname');
  if (name === undefined || childText(node, 'relpersistence') === undefined) return false;
  const schema = childText(node, 'schemaname');
  if (node['relpersistence'] === 't') facts.createsTemporary = true;
  if (isTemporarySchema(schema)) facts.usesTemporary = true;
  if (schema !== undefined) facts.relations.push({ schema, name });
  else if (!scope.has(name)) facts.relations.push({ name });
  return true;
}

function noteNames(node: TreeNode, facts: TreeFacts): void {
  const called = qualifiedName(childList(node, 'funcname'));
  if (called !== undefined) {
    if (isTemporarySchema(called.schema)) facts.usesTemporary = true;
    const isLocal = called.name === 'set_config' && isTrueConstant(childList(node, 'args')[2]);
    facts.functions.push(isLocal ? { ...called, isLocalSetting: true } : called);
  }
  if ('typemod' in node) pushName(facts.types, childList(node, 'names'));
  const method = qualifiedName(childList(node, 'method'));
  if (method !== undefined) facts.samplingMethods.push(method);

  const fields = childList(node, 'fields');
  if (fields.length > 1) noteField(fields.at(-1), true, facts);
  for (const field of childList(node, 'indirection')) noteField(field, false, facts);
  if (isTemporarySchema(stringOf(node))) facts.usesTemporary = true;
}

function noteField(field: unknown, isColumnLike: boolean, facts: TreeFacts): void {
  const name = stringOf(field);
  if (name !== undefined) facts.fields.push({ name, isColumnLike });
}

function noteImpliedOperators(node: TreeNode, facts: TreeFacts): void {
  const isBetween = childText(node, 'kind')?.includes('BETWEEN') === true;
  if (isBetween) for (const name of BETWEEN_OPERATORS) facts.operators.push({ name });
  else if (childText(node, 'kind')?.startsWith('AEXPR_') === true)
    pushName(facts.operators, childList(node, 'name'));
  pushName(facts.operators, childList(node, 'useOp'));
  pushName(facts.operators, childList(node, 'operName'));

  const comparesForEquality =
    node['subLinkType'] === 'ANY_SUBLINK' ||
    node['isNatural'] === true ||
    'usingClause' in node ||
    (isNode(node['CaseExpr']) && 'arg' in node['CaseExpr']);
  if (comparesForEquality) facts.operators.push({ name: '=' });
}

function noteWrite(verb: string, node: TreeNode, facts: TreeFacts): void {
  const target = childNode(node, 'relation');
  // A CTE cannot be written to: the target is a relation, even if a visible CTE has its name.
  if (target !== undefined) {
    noteRelation(target, NO_CTES, facts);
    facts.written.push(rangeVarName(target));
  }
  facts.writes.push(target === undefined ? verb : `${verb} ${printName(rangeVarName(target))}`);
}

/** Returns the CTE names that the rest of the statement sees. */
function visitCommonTableExpressions(node: TreeNode, scope: Scope, facts: TreeFacts): Scope {
  const clause = childNode(node, 'withClause');
  if (clause === undefined) return scope;
  const tables = childList(clause, 'ctes')
    .filter(isNode)
    .map((tagged) => untag(tagged)[1]);
  const inSight = new Set(scope);
  if (clause['recursive'] === true)
    for (const table of tables) inSight.add(childText(table, 'ctename') ?? '');
  for (const table of tables) {
    // A copy, because later CTEs of the list must not become visible to this one.
    visit(table, new Set(inSight), facts);
    inSight.add(childText(table, 'ctename') ?? '');
  }
  return inSight;
}

function pushName(into: QualifiedName[], parts: readonly unknown[]): void {
  const name = qualifiedName(parts);
  if (name !== undefined) into.push(name);
}

function isTrueConstant(value: unknown): boolean {
  if (!isNode(value)) return false;
  const constant = childNode(value, 'A_Const');
  const boolean = constant === undefined ? undefined : childNode(constant, 'boolval');
  return boolean?.['boolval'] === true;
}
