import { extensionEffect } from './function-effects';
import type { QualifiedName } from '../../../engine/statement';

export type Volatility = 'immutable' | 'stable' | 'volatile';

/** What one function runs. */
export interface FunctionBody {
  readonly language: string;
  readonly isExtension: boolean;
  readonly isVolatile: boolean;
  /** Its CREATE FUNCTION; undefined for a language whose source proves nothing. */
  readonly definition?: string;
}

/** All functions of one name in one schema; each property describes the worst of them. */
export interface CatalogFunction {
  readonly schema: string;
  readonly name: string;
  readonly volatility: Volatility;
  /** True when one of them takes a single row, so that t.name may call it. */
  readonly takesRow: boolean;
  /** What they run; undefined for PostgreSQL's own functions, whose effects are known. */
  readonly bodies?: readonly FunctionBody[];
  /** True when they came with an extension. */
  readonly isExtension: boolean;
  /** The functions behind an aggregate, which itself is never volatile. */
  readonly calls: readonly QualifiedName[];
  /** What a call runs besides: defaults of arguments, checks of the domains that it takes or returns. */
  readonly expressions: readonly string[];
}

export type RelationKind = 'table' | 'view' | 'materialized-view' | 'sequence' | 'foreign-table';

export interface CatalogRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /**
   * True when the relation, or a partition or child of it, is unlogged: empty and unreadable on a replica.
   */
  readonly isUnlogged: boolean;
  /** True when one of its partitions or children is a foreign table. */
  readonly hasForeignPart: boolean;
  /** What reading the relation runs: the query of a view. */
  readonly definition?: string;
  /** What reading the relation runs: the conditions of row-level security. */
  readonly conditions: readonly string[];
  /**
   * What writing to the relation may run, as statements: triggers, rules, defaults, checks, indexes,
   * policies; undefined for PostgreSQL's own relations.
   */
  readonly onWrite?: readonly string[];
  /** What a write also writes to: children, partitions, tables whose foreign keys follow it. */
  readonly writtenAlong: readonly QualifiedName[];
}

export interface CatalogType {
  readonly schema: string;
  readonly name: string;
  /** The checks of the domain, and of the domains that it is built on: a base, an element, a column. */
  readonly checks: readonly string[];
}

/** A function that runs without being called by name: behind an operator, or in a cast to a type. */
export interface HiddenCall {
  readonly schema: string;
  readonly name: string;
  readonly calls: QualifiedName;
}

export interface CatalogCast extends HiddenCall {
  /** True when the cast runs wherever the types meet, with nothing in the text to show it. */
  readonly isImplicit: boolean;
  /** True when the cast runs wherever a value is stored, with nothing in the text to show it. */
  readonly isAssigning: boolean;
}

/**
 * What must be known of a database to classify a statement. An immutable snapshot. It looks a name without a
 * schema up in all schemas, since the search path of the backend session is unknown; the worst one found
 * counts.
 */
export interface Catalog {
  /**
   * False when only PostgreSQL's own objects are known, so that an unknown relation or type proves nothing.
   */
  readonly isComplete: boolean;
  /**
   * True when definitions have changed since and the changes are unknown, so that the catalog proves nothing.
   */
  readonly isOutdated?: boolean;
  /** Equal for equal contents. */
  readonly signature: string;
  functions(name: QualifiedName): readonly CatalogFunction[];
  relations(name: QualifiedName): readonly CatalogRelation[];
  types(name: QualifiedName): readonly CatalogType[];
  casts(target: QualifiedName): readonly CatalogCast[];
  operators(name: QualifiedName): readonly HiddenCall[];
  readonly implicitCasts: readonly CatalogCast[];
  readonly assigningCasts: readonly CatalogCast[];
  /** Functions behind indexes, sorting and ranges, which run wherever values are compared. */
  readonly support: readonly QualifiedName[];
  /**
   * True when some function may leave what DISCARD ALL does not undo, so that a text made at run time may
   * call it.
   */
  readonly hasLastingEffects: boolean;
}

export interface CatalogContents {
  readonly functions: readonly CatalogFunction[];
  readonly relations: readonly CatalogRelation[];
  readonly types: readonly CatalogType[];
  readonly casts: readonly CatalogCast[];
  readonly operators: readonly HiddenCall[];
  readonly support: readonly QualifiedName[];
}

/** Makes a catalog of `contents` on top of `below`. */
export function createCatalog(
  contents: CatalogContents,
  isComplete: boolean,
  signature: string,
  below?: Catalog,
): Catalog {
  const functions = indexByName(contents.functions);
  const relations = indexByName(contents.relations);
  const types = indexByName(contents.types);
  const casts = indexByName(contents.casts);
  const operators = indexByName(contents.operators);
  return {
    isComplete,
    signature,
    functions: (name) => [...find(functions, name), ...(below?.functions(name) ?? [])],
    relations: (name) => [...find(relations, name), ...(below?.relations(name) ?? [])],
    types: (name) => [...find(types, name), ...(below?.types(name) ?? [])],
    casts: (name) => [...find(casts, name), ...(below?.casts(name) ?? [])],
    operators: (name) => [...find(operators, name), ...(below?.operators(name) ?? [])],
    implicitCasts: contents.casts.filter((cast) => cast.isImplicit),
    assigningCasts: contents.casts.filter((cast) => cast.isAssigning),
    support: contents.support,
    hasLastingEffects: contents.functions.some(hasLastingEffects),
  };
}

function hasLastingEffects({ name, bodies = [] }: CatalogFunction): boolean {
  return bodies.some(({ definition, isExtension }) =>
    isExtension ? extensionEffect(name)?.outlivesDiscard === true : definition === undefined,
  );
}

interface Named {
  readonly schema: string;
  readonly name: string;
}

function indexByName<T extends Named>(items: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const index = new Map<string, T[]>();
  for (const item of items) {
    const sameName = index.get(item.name);
    if (sameName === undefined) index.set(item.name, [item]);
    else sameName.push(item);
  }
  return index;
}

function find<T extends Named>(
  index: ReadonlyMap<string, readonly T[]>,
  { schema, name }: QualifiedName,
): readonly T[] {
  const sameName = index.get(name) ?? [];
  return schema === undefined ? sameName : sameName.filter((item) => item.schema === schema);
}
