import type { Statement } from '../../../libs/db-routing/src/engine/statement';
import * as sql from '../world/sql';
import { READ_STATEMENTS } from './routing/read-statements';

const base = { backendState: 'none', tables: [{ name: 'register' }], functions: [] } as const;
const read = (text: string): Statement => ({
  ...base,
  text,
  kind: 'select',
  target: 'replica',
  reason: 'read',
});
const write = (text: string, kind: Statement['kind']): Statement => ({
  ...base,
  text,
  kind,
  target: 'primary',
  reason: 'write',
});
const ofTransaction = (text: string, kind: Statement['kind'], transaction = {}): Statement => ({
  ...base,
  text,
  kind,
  target: 'primary',
  reason: 'transaction-control',
  transaction,
  ...((kind === 'commit' || kind === 'rollback') && { endsTransaction: true }),
});

const STATEMENTS = new Map(
  [
    ...READ_STATEMENTS,
    read(sql.SLOW_READ),
    read(sql.RECALL),
    read(sql.CURSOR),
    read(sql.FAILING),
    ...sql.HIDDEN_WRITES.map((text) => ({
      ...read(text),
      functions: [{ schema: 'audit', name: 'touch' }, { name: 'lower' }],
    })),
    write(sql.WRITE, 'update'),
    write(sql.REMEMBER, 'insert'),
    { ...write(sql.SET_STATE, 'set'), reason: 'session-state', backendState: 'changes' } satisfies Statement,
    ofTransaction('BEGIN', 'begin'),
    ofTransaction('BEGIN ISOLATION LEVEL REPEATABLE READ', 'begin', { isolationLevel: 'repeatable read' }),
    ofTransaction('COMMIT', 'commit'),
    ofTransaction('ROLLBACK', 'rollback'),
  ].map((statement) => [statement.text, statement]),
);

/** Knows the statements of the load, as the real classifier would judge them. */
export class SimClassifier {
  readonly #refused = new Map<string, Statement>();

  classify(text: string): Statement {
    const found = this.#refused.get(text) ?? STATEMENTS.get(text);
    if (!found) throw new RangeError(`no statement of the load: ${text}`);
    return found;
  }

  rememberAsPrimary(text: string, reason: Statement['reason']): void {
    this.#refused.set(text, { ...this.classify(text), target: 'primary', reason });
  }

  useCatalog(): void {
    // The load changes no definitions.
  }
}
