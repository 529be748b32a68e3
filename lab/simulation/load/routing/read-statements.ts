import type { Statement } from '../../../../libs/db-routing/src/engine/statement';
import { READ_TEXTS } from '../../world/read-texts';

const base = {
  backendState: 'none',
  functions: [],
  kind: 'select',
  target: 'replica',
  reason: 'read',
} as const;

/** The texts, as the real classifier would judge them. */
export const READ_STATEMENTS: readonly Statement[] = READ_TEXTS.map(({ text, schema }) => ({
  ...base,
  text,
  tables: [{ name: 'register', ...(schema !== undefined && { schema }) }],
  ...(schema !== undefined && { functions: [{ schema, name: 'total' }] }),
}));
