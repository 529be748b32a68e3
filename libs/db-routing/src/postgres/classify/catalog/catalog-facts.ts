import type { FunctionBody, RelationKind } from './catalog';
import type { QualifiedName } from '../../../engine/statement';
import { isNode } from '../tree/syntax-tree';

const RELATION_KINDS: ReadonlyMap<string, RelationKind> = new Map([
  ['r', 'table'],
  ['p', 'table'],
  ['v', 'view'],
  ['m', 'materialized-view'],
  ['S', 'sequence'],
]);

/** No function has this name, so a call of it is unknown, and unknown goes to the primary. */
const UNREADABLE: QualifiedName = { name: '' };

/** No language has this name, so nothing is proven of a function in it. */
const UNREADABLE_BODY: FunctionBody = { language: '', isExtension: false, isVolatile: true };

/** Reads the jsonb of a catalog row without trusting its shape. */
export class CatalogFacts {
  readonly values: Readonly<Record<string, unknown>>;

  constructor(json: unknown) {
    const value: unknown = typeof json === 'string' ? JSON.parse(json) : json;
    this.values = isNode(value) ? value : {};
  }

  text(key: string): string | undefined {
    const value = this.values[key];
    return typeof value === 'string' ? value : undefined;
  }

  texts(key: string): readonly string[] {
    const value: unknown = this.values[key];
    // An expression that cannot be read stays in the list, as one that the parser rejects.
    return Array.isArray(value)
      ? value.map((item: unknown) => (typeof item === 'string' ? item : '('))
      : ['('];
  }

  isTrue(key: string): boolean {
    return this.values[key] === true;
  }

  isNotFalse(key: string): boolean {
    return this.values[key] !== false;
  }

  relationKind(key: string): RelationKind {
    return RELATION_KINDS.get(this.text(key) ?? '') ?? 'foreign-table';
  }

  name(key: string): QualifiedName {
    return nameFrom(this.values[key]);
  }

  names(key: string): readonly QualifiedName[] {
    const value: unknown = this.values[key];
    return Array.isArray(value) ? value.map(nameFrom) : [UNREADABLE];
  }

  bodies(key: string): readonly FunctionBody[] {
    const value: unknown = this.values[key];
    return Array.isArray(value) ? value.map(bodyFrom) : [UNREADABLE_BODY];
  }
}

function bodyFrom(value: unknown): FunctionBody {
  if (!isNode(value) || typeof value['language'] !== 'string') return UNREADABLE_BODY;
  const { language, definition } = value;
  return {
    language,
    isExtension: value['isExtension'] === true,
    isVolatile: value['isVolatile'] !== false,
    ...(typeof definition === 'string' && { definition }),
  };
}

function nameFrom(value: unknown): QualifiedName {
  if (!isNode(value) || typeof value['name'] !== 'string' || typeof value['schema'] !== 'string')
    return UNREADABLE;
  return { schema: value['schema'], name: value['name'] };
}
