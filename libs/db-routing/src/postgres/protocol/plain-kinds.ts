import type { StatementKind } from '../../engine/statement';

/**
 * Statements of these kinds may run in a transaction block, and the server answers them with rows and a
 * count, never with data to copy. DO and CALL may commit, so they are not among them.
 */
export const PLAIN_KINDS: ReadonlySet<StatementKind> = new Set([
  'select',
  'values',
  'insert',
  'update',
  'delete',
  'merge',
]);
