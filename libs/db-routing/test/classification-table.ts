import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Catalog } from '../src/postgres/classify/catalog/catalog';
import { catalogFromRows, type CatalogRow } from '../src/postgres/classify/catalog/catalog-query';
import type { BackendStateEffect, StatementKind, StatementReason } from '../src/engine/statement';

/**
 * A row of src/postgres/classify/statements.data.json. Every name in it stands in classification-fixture.sql.
 */
export interface StatementRow {
  readonly text: string;
  readonly kind: StatementKind;
  readonly target: 'replica' | 'primary';
  readonly reason: StatementReason;
  /** An explanation for the reader. */
  readonly why: string;
  /** Absent: 'none'. */
  readonly backendState?: BackendStateEffect;
  /** A replica would run the statement without effect; why it still goes to the primary. */
  readonly conservative?: string;
  /** SQLSTATEs, separated by '|', that every node gives, not only replicas. */
  readonly refusedWith?: string;
  /** The SQLSTATE that a replica gives before this major version, where it differs. */
  readonly refusedBefore?: { readonly version: number; readonly with: string };
  /** The major version of PostgreSQL that brought what the statement uses; default: the oldest supported. */
  readonly since?: number;
  /** The role to run it as; default: a superuser. */
  readonly as?: string;
}

const DATA = join(__dirname, '../src/postgres/classify');

/** What CATALOG_SQL returned for the fixture; classification.spec.ts compares it with the real answer. */
export const FIXTURE_CATALOG_FILE = join(DATA, 'statements.catalog.data.json');

export const STATEMENTS = readJson(join(DATA, 'statements.data.json')) as readonly StatementRow[];

export const FIXTURE_SQL = readFileSync(join(__dirname, 'classification-fixture.sql'), 'utf8');

export const FIXTURE_CATALOG_ROWS = readJson(FIXTURE_CATALOG_FILE) as readonly CatalogRow[];

export function fixtureCatalog(): Catalog {
  return catalogFromRows(FIXTURE_CATALOG_ROWS);
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
