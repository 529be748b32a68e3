import { createHash } from 'node:crypto';
import { BUILTIN_CATALOG } from './builtin-catalog';
import {
  type Catalog,
  type CatalogCast,
  type CatalogFunction,
  type CatalogRelation,
  type CatalogType,
  createCatalog,
  type HiddenCall,
  type Volatility,
} from './catalog';
import { CatalogFacts } from './catalog-facts';
import type { QualifiedName } from '../../../engine/statement';

export { CATALOG_SQL } from './catalog-sql';

/** A row of CATALOG_SQL. `facts` is the jsonb as the driver gives it, parsed or as text. */
export interface CatalogRow {
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
  readonly facts: unknown;
}

const VOLATILITIES: ReadonlyMap<string, Volatility> = new Map([
  ['i', 'immutable'],
  ['s', 'stable'],
]);

/**
 * Builds the catalog from rows of CATALOG_SQL, on top of PostgreSQL's own objects. A missing or unreadable
 * fact counts as the worst case: it never lets a read go to a replica.
 */
export function catalogFromRows(rows: readonly CatalogRow[]): Catalog {
  const functions: CatalogFunction[] = [];
  const relations: CatalogRelation[] = [];
  const types: CatalogType[] = [];
  const casts: CatalogCast[] = [];
  const operators: HiddenCall[] = [];
  const support: QualifiedName[] = [];
  const hash = createHash('sha256');
  for (const { kind, schema, name, facts: json } of rows) {
    const facts = new CatalogFacts(json);
    hash.update(JSON.stringify([kind, schema, name, facts.values]));
    if (kind === 'function') functions.push(functionFrom(schema, name, facts));
    else if (kind === 'relation') relations.push(relationFrom(schema, name, facts));
    else if (kind === 'type') types.push({ schema, name, checks: facts.texts('checks') });
    else if (kind === 'cast') casts.push(castFrom(schema, name, facts));
    else if (kind === 'support') support.push({ schema, name });
    else if (kind === 'operator') operators.push({ schema, name, calls: facts.name('calls') });
  }
  return createCatalog(
    { functions, relations, types, casts, operators, support },
    true,
    hash.digest('hex'),
    BUILTIN_CATALOG,
  );
}

/**
 * Stands in while the definitions are unknown: every statement that names anything goes to the primary and is
 * not considered harmless.
 */
export const OUTDATED_CATALOG: Catalog = { ...catalogFromRows([]), signature: 'outdated', isOutdated: true };

function functionFrom(schema: string, name: string, facts: CatalogFacts): CatalogFunction {
  return {
    schema,
    name,
    volatility: VOLATILITIES.get(facts.text('volatility') ?? '') ?? 'volatile',
    takesRow: facts.isNotFalse('takesRow'),
    isExtension: facts.isTrue('isExtension'),
    bodies: facts.bodies('bodies'),
    calls: facts.names('calls'),
    expressions: facts.texts('expressions'),
  };
}

function castFrom(schema: string, name: string, facts: CatalogFacts): CatalogCast {
  return {
    schema,
    name,
    isImplicit: facts.isNotFalse('isImplicit'),
    isAssigning: facts.isNotFalse('isAssigning'),
    calls: facts.name('calls'),
  };
}

function relationFrom(schema: string, name: string, facts: CatalogFacts): CatalogRelation {
  const definition = facts.text('definition');
  const relation = {
    schema,
    name,
    kind: facts.relationKind('relkind'),
    isUnlogged: facts.isNotFalse('isUnlogged'),
    hasForeignPart: facts.isNotFalse('hasForeignPart'),
    conditions: facts.texts('conditions'),
    onWrite: facts.texts('onWrite'),
    writtenAlong: facts.names('writtenAlong'),
  };
  return definition === undefined ? relation : { ...relation, definition };
}
