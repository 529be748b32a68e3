/** @import { StatementKind } from '../../contract' */

/**
 * How each kind of statement is drawn. The shapes differ too, for those who do not see the colours.
 *
 * @type {Readonly<Record<StatementKind, { label: string; path: string }>>}
 */
export const kinds = {
  read: { label: 'read', path: 'M-5 0a5 5 0 1 0 10 0a5 5 0 1 0 -10 0z' },
  write: { label: 'write', path: 'M-5 -5h10v10h-10z' },
  'in-transaction': { label: 'in transaction', path: 'M0 -7L7 0L0 7L-7 0z' },
  retried: { label: 'retried', path: 'M0 -7L7 5H-7z' },
  hedged: { label: 'hedged', path: 'M-7 -5H7L0 7z' },
};

/** @type {readonly StatementKind[]} */
export const kindNames = ['read', 'write', 'in-transaction', 'retried', 'hedged'];
