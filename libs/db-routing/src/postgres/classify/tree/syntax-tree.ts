import type { QualifiedName } from '../../../engine/statement';

/**
 * A node of PostgreSQL's raw parse tree in libpg-query's JSON. The walk reads nodes by their fields, not by
 * generated types: it also searches the contents of node kinds that it does not know.
 */
export type TreeNode = Readonly<Record<string, unknown>>;

export function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function childNode(node: TreeNode, key: string): TreeNode | undefined {
  const child = node[key];
  return isNode(child) ? child : undefined;
}

export function childList(node: TreeNode, key: string): readonly unknown[] {
  const child: unknown = node[key];
  return Array.isArray(child) ? child : [];
}

export function childText(node: TreeNode, key: string): string | undefined {
  const child = node[key];
  return typeof child === 'string' ? child : undefined;
}

/** A Node-typed field holds one tag around the node itself: { SelectStmt: {…} }. */
export function untag(node: TreeNode): readonly [tag: string, content: TreeNode] {
  const [entry] = Object.entries(node);
  if (entry === undefined) return ['', {}];
  return [entry[0], isNode(entry[1]) ? entry[1] : {}];
}

/** Returns the text of { String: { sval } }; the empty text is written as { String: {} }. */
export function stringOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  const string = childNode(value, 'String');
  return string === undefined ? undefined : (childText(string, 'sval') ?? '');
}

/** Returns a dotted name: [catalog.][schema.]name. The catalog can only be the current database. */
export function qualifiedName(parts: readonly unknown[]): QualifiedName | undefined {
  const names = parts.map(stringOf);
  const name = names.at(-1);
  const schema = names.at(-2);
  if (name === undefined) return undefined;
  return schema === undefined ? { name } : { schema, name };
}

export function printName({ schema, name }: QualifiedName): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
