export { BUILTIN_CATALOG } from './builtin-catalog';
export type { Catalog } from './catalog';
export { CATALOG_SQL, catalogFromRows } from './catalog-query';
export type { CatalogRow } from './catalog-query';
export { StatementClassifier } from './classifier';
export type { ClassifierOptions } from './classifier';
export type {
  IsolationLevel,
  QualifiedName,
  SessionEffect,
  Statement,
  StatementKind,
  StatementReason,
  TransactionRequest,
} from './statement';
