import { catalogFromRows, type CatalogRow, OUTDATED_CATALOG } from './catalog-query';
import { StatementClassifier } from '../classifier';

const row = (kind: string, name: string, facts: unknown): CatalogRow => ({
  kind,
  schema: 'app',
  name,
  facts,
});
const HARMLESS = {
  volatility: 'i',
  takesRow: false,
  isExtension: false,
  bodies: [],
  calls: [],
  expressions: [],
};
const PLAIN = {
  relkind: 'r',
  isUnlogged: false,
  hasForeignPart: false,
  definition: null,
  conditions: [],
  onWrite: [],
  writtenAlong: [],
};

function targetOf(text: string, rows: readonly CatalogRow[]): string {
  const statement = new StatementClassifier({ catalog: catalogFromRows(rows) }).classify(text);
  return `${statement.target} ${statement.reason}`;
}

describe('catalogFromRows', () => {
  beforeAll(() => StatementClassifier.load());

  it('reads facts that the driver left as text', () => {
    expect(targetOf('SELECT f()', [row('function', 'f', JSON.stringify(HARMLESS))])).toBe('replica read');
  });

  it.each([
    [
      'a function without a volatility',
      'SELECT f()',
      row('function', 'f', { ...HARMLESS, volatility: undefined }),
      'volatile-function',
    ],
    [
      'a function of an unknown volatility',
      'SELECT f()',
      row('function', 'f', { ...HARMLESS, volatility: 'x' }),
      'volatile-function',
    ],
    [
      'an aggregate without its functions',
      'SELECT f(1)',
      row('function', 'f', { ...HARMLESS, calls: null }),
      'unknown-function',
    ],
    [
      'a function without what it runs besides',
      'SELECT f()',
      row('function', 'f', { ...HARMLESS, expressions: null }),
      'unparseable',
    ],
    [
      'a relation of an unknown kind',
      'TABLE t',
      row('relation', 't', { ...PLAIN, relkind: '?' }),
      'foreign-table',
    ],
    [
      'a relation without persistence',
      'TABLE t',
      row('relation', 't', { ...PLAIN, isUnlogged: null }),
      'unlogged-table',
    ],
    [
      'a relation without its policies',
      'TABLE t',
      row('relation', 't', { ...PLAIN, conditions: 7 }),
      'unparseable',
    ],
    [
      'a policy that is no text',
      'TABLE t',
      row('relation', 't', { ...PLAIN, conditions: [null] }),
      'unparseable',
    ],
    [
      'a view that is not understood',
      'TABLE t',
      row('relation', 't', { ...PLAIN, relkind: 'v', definition: 'SELEC' }),
      'unparseable',
    ],
    ['a type without its checks', 'SELECT 1::t', row('type', 't', {}), 'unparseable'],
    ['an operator without its function', 'SELECT 1 <!> 2', row('operator', '<!>', {}), 'unknown-function'],
    ['facts that are no object', 'SELECT f()', row('function', 'f', 'null'), 'volatile-function'],
  ])('takes %s for the worse', (_what, text, fact, reason) => {
    expect(targetOf(text, [fact])).toBe(`primary ${reason}`);
  });

  it.each([
    ['function', 'SELECT f()', row('function', 'f', HARMLESS)],
    ['table', 'TABLE t', row('relation', 't', PLAIN)],
    ['type', 'SELECT 1::t', row('type', 't', { checks: [] })],
  ])('takes a plain %s for a read', (_what, text, fact) => {
    expect(targetOf(text, [fact])).toBe('replica read');
  });

  it('takes everything to the primary while an implicit cast can run a volatile function', () => {
    const rows = [
      row('function', 'f', { ...HARMLESS, volatility: 'v' }),
      row('cast', 't', { isImplicit: true, calls: { schema: 'app', name: 'f' } }),
    ];
    expect(targetOf('SELECT 1', rows)).toBe('primary volatile-function');
    const stable = row('function', 'f', HARMLESS);
    expect(targetOf('SELECT 1', [stable, ...rows.slice(1)])).toBe('replica read');
  });

  it('takes a table for one of its own that is named like one of information_schema', () => {
    const rows = [row('relation', 'parameters', PLAIN)];
    const classifier = new StatementClassifier({ catalog: catalogFromRows(rows) });
    expect(classifier.classify('INSERT INTO parameters VALUES (1)').backendState).toBe('none');
    expect(classifier.classify('UPDATE pg_proc SET provolatile = $1').mayDefine).toBe(true);
  });

  it('judges nothing while definitions are outdated, and still knows what ends a transaction', () => {
    const classifier = new StatementClassifier({ catalog: OUTDATED_CATALOG });
    expect(classifier.classify('SELECT 1')).toMatchObject({
      target: 'primary',
      reason: 'unknown-definitions',
      backendState: 'changes',
    });
    expect(classifier.classify('COMMIT')).toMatchObject({ kind: 'commit', backendState: 'none' });
  });

  it('has a signature that tells whether anything changed', () => {
    const before = catalogFromRows([row('relation', 't', PLAIN)]);
    expect(catalogFromRows([row('relation', 't', { ...PLAIN })]).signature).toBe(before.signature);
    expect(catalogFromRows([row('relation', 't', { ...PLAIN, isUnlogged: true })]).signature).not.toBe(
      before.signature,
    );
    expect(catalogFromRows([]).signature).not.toBe(before.signature);
  });

  it('survives a view that refers to itself', () => {
    const rows = [row('relation', 'v', { ...PLAIN, relkind: 'v', definition: 'SELECT * FROM app.v' })];
    expect(targetOf('TABLE v', rows)).toBe('replica read');
  });
});
