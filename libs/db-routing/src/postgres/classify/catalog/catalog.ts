import { extensionEffect } from './function-effects';
import type { QualifiedName } from '../../../engine/statement';

export type Volatility = 'immutable' | 'stable' | 'volatile';

/** What one function runs. */
export interface FunctionBody {
  readonly language: string;
  readonly isExtension: boolean;
  readonly isVolatile: boolean;
  /** Its CREATE FUNCTION; undefined in a language whose source proves nothing. */
  readonly definition?: string;
}

/** All functions of one name in one schema, the worst of them counting. */
export interface CatalogFunction {
  readonly schema: string;
  readonly name: string;
  readonly volatility: Volatility;
  /** One of them takes a single row, so that t.name may call it. */
  readonly takesRow: boolean;
  /** What they run; undefined: PostgreSQL's own, whose effects are known. */
  readonly bodies?: readonly FunctionBody[];
  /** They came with an extension. */
  readonly isExtension: boolean;
  /** The functions behind an aggregate, which is never volatile itself. */
  readonly calls: readonly QualifiedName[];
  /** What calling one of them runs besides: defaults of arguments, checks of the domains it takes or gives. */
  readonly expressions: readonly string[];
}

export type RelationKind = 'table' | 'view' | 'materialized-view' | 'sequence' | 'foreign-table';

export interface CatalogRelation {
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /** It, or a partition or child of it, is unlogged: empty and unreadable on a replica. */
  readonly isUnlogged: boolean;
  /** It has a foreign table among its partitions or children. */
  readonly hasForeignPart: boolean;
  /** What reading it runs: a view's query. */
  readonly definition?: string;
  /** What reading it runs: the conditions of row-level security. */
  readonly conditions: readonly string[];
  /** What writing to it may run, as statements: triggers, rules, defaults, checks, indexes, policies; undefined: PostgreSQL's own. */
  readonly onWrite?: readonly string[];
  /** What is written to along with it: children, partitions, tables whose foreign keys follow it. */
  readonly writtenAlong: readonly QualifiedName[];
}

export interface CatalogType {
  readonly schema: string;
  readonly name: string;
  /** The checks of a domain and of those that stand below it: a base, an element, a column. */
  readonly checks: readonly string[];
}

/** A function that runs without being called by its name: behind an operator, in a cast to a type. */
export interface HiddenCall {
  readonly schema: string;
  readonly name: string;
  readonly calls: QualifiedName;
}

export interface CatalogCast extends HiddenCall {
  /** Runs wherever the types meet: nothing in a text shows it. */
  readonly isImplicit: boolean;
  /** Runs wherever a value is stored: nothing in a text shows it. */
  readonly isAssigning: boolean;
}

/**
 * What must be known of a database to say what a statement does. An immutable snapshot. A name without a schema
 * is looked up in all schemas, since the search path of the session is not known; the worst one found counts.
 */
export interface Catalog {
  /** False: only PostgreSQL's own objects are known, and an unknown relation or type says nothing. */
  readonly isComplete: boolean;
  /** Definitions have changed since, in what is not known: nothing can be judged by it. */
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
  /** Some function may leave what DISCARD ALL does not undo, and a text that is made at run time may call it. */
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

/** A catalog of `contents`, on top of those of `below`. */
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
