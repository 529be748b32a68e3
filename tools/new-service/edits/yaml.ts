import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';

/** Edits the first document of a YAML text; keeps comments, anchors and blank lines. */
export function editYaml(
  text: string,
  edit: (document: Document.Parsed) => void,
  version: '1.1' | '1.2' = '1.2',
): string {
  const documents = parseAllDocuments(text, { version, merge: true });
  if (!Array.isArray(documents)) throw new Error('the file is empty');
  const [first] = documents;
  if (first === undefined) throw new Error('the file is empty');
  edit(first);
  return documents.map((document) => document.toString({ lineWidth: 0 })).join('');
}

/** The same for Kubernetes, which reads YAML 1.1: a mode such as 0440 is octal. */
export function editManifest(text: string, edit: (document: Document.Parsed) => void): string {
  return editYaml(text, edit, '1.1');
}

/** @throws Error naming the path when there is no map */
export function mapAt(parent: Document.Parsed | YAMLMap, path: readonly (string | number)[]): YAMLMap {
  const node = parent.getIn(path, true);
  if (isMap(node)) return node;
  throw new Error(`there is no map at ${path.join('.')}`);
}

/** @throws Error naming the path when there is no list */
export function listAt(parent: Document.Parsed | YAMLMap, path: readonly (string | number)[]): YAMLSeq<Node> {
  const node = parent.getIn(path, true);
  if (isSeq<Node>(node)) return node;
  throw new Error(`there is no list at ${path.join('.')}`);
}

/** The maps of a list. */
export function mapsIn(list: YAMLSeq<Node>): YAMLMap[] {
  return list.items.filter((item): item is YAMLMap => isMap(item));
}

/** @throws Error when the list has no such item */
export function insertAfter(list: YAMLSeq<Node>, isAnchor: (item: Node) => boolean, item: Node): void {
  const index = list.items.findLastIndex(isAnchor);
  if (index === -1) throw new Error(`the list has no item to insert after: ${String(list)}`);
  list.items.splice(index + 1, 0, item);
}

/** Inserts a changed copy of the last map in the list that has `value` at `path`, after that map. */
export function insertCopy(
  list: YAMLSeq<Node>,
  path: readonly string[],
  value: string,
  change: (copy: YAMLMap) => void,
): void {
  const original = mapsIn(list).findLast((map) => map.getIn(path) === value);
  const copy = original?.clone();
  if (!isMap(copy)) throw new Error(`the list has no item whose ${path.join('.')} is ${value}`);
  copy.commentBefore = null;
  change(copy);
  insertAfter(list, (item) => item === original, copy);
}

/** Inserts a copy of the entry `model` after the entry `last`, and returns the copy's value. */
export function copyEntry(map: YAMLMap, model: string, last: string, key: string): YAMLMap {
  const entryOf = (name: string) =>
    map.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === name);
  const copy = map.items[entryOf(model)]?.clone();
  if (!isPair(copy) || !isScalar(copy.key) || !isMap(copy.value)) throw new Error(`there is no ${model}`);
  copy.key.value = key;
  copy.key.commentBefore = null;
  copy.key.spaceBefore = true;
  map.items.splice(entryOf(last) + 1, 0, copy);
  return copy.value;
}

/** Whether a node is this text. */
export function isText(node: unknown, text: string): boolean {
  return isScalar(node) && node.value === text;
}
