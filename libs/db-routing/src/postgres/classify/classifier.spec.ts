import { until } from '@app/postgres-cluster';
import { fixtureCatalog } from '../../../test/classification-table';
import { BUILTIN_CATALOG } from './catalog/builtin-catalog';
import { catalogFromRows } from './catalog/catalog-query';
import { MAX_TEXT_LENGTH_CHARS, StatementClassifier } from './classifier';

describe('StatementClassifier', () => {
  beforeAll(() => StatementClassifier.load());

  describe('remembering', () => {
    it('gives the same, immutable object for the same text', () => {
      const classifier = new StatementClassifier();
      const statement = classifier.classify('SELECT 1');
      expect(classifier.classify('SELECT 1')).toBe(statement);
      expect(Object.isFrozen(statement)).toBe(true);
      expect(classifier.cachedTexts).toBe(1);
    });

    it('keeps each text as it was sent, also where only constants and comments differ', () => {
      const classifier = new StatementClassifier();
      const texts = ['SELECT 1 /* a */', 'SELECT 2', "SELECT 'x'", 'SELECT 1 /* b */'];
      expect(texts.map((text) => classifier.classify(text))).toMatchObject(
        texts.map((text) => ({ text, target: 'replica' })),
      );
    });

    it('forgets when a catalog says something new, and only then', () => {
      const classifier = new StatementClassifier({ catalog: fixtureCatalog() });
      const before = classifier.classify('SELECT id FROM new_table');
      expect(before).toMatchObject({ target: 'primary', reason: 'unknown-relation' });
      classifier.useCatalog(fixtureCatalog());
      expect(classifier.classify(before.text)).toBe(before);
      const facts = {
        relkind: 'r',
        isUnlogged: false,
        hasForeignPart: false,
        definition: null,
        conditions: [],
      };
      classifier.useCatalog(catalogFromRows([{ kind: 'relation', schema: 'lab', name: 'new_table', facts }]));
      expect(classifier.classify(before.text)).toMatchObject({ target: 'replica', reason: 'read' });
    });

    it('sends what a replica refused to the primary, until the catalog changes', () => {
      const classifier = new StatementClassifier();
      const text = "SELECT * FROM hidden WHERE id = 1 AND name = 'a'";
      expect(classifier.classify(text).target).toBe('replica');
      classifier.rememberAsPrimary(text, '25006');
      const remembered = { kind: 'select', target: 'primary', reason: 'refused-by-replica', detail: '25006' };
      expect(classifier.classify(text)).toMatchObject({ text, ...remembered });
      expect(classifier.classify("SELECT * FROM hidden WHERE id = 2 AND name = 'b'")).toMatchObject(
        remembered,
      );
      expect(classifier.classify('SELECT * FROM hidden WHERE id = 2').target).toBe('replica');
      classifier.useCatalog(catalogFromRows([]));
      expect(classifier.classify(text).reason).toBe('unknown-relation');
    });

    it.each([1, 0, -5, 2.5, Number.NaN])('refuses a cache of %p texts', (cacheSize) => {
      expect(() => new StatementClassifier({ cacheSize })).toThrow(
        `cacheSize is ${cacheSize}: it must be a whole number of at least 2`,
      );
    });
  });

  describe('names in a text', () => {
    const classifier = new StatementClassifier();

    it.each([
      ['SELECT * FROM lab.orders o JOIN items USING (id), lab.orders p', ['lab.orders', 'items'], []],
      ['WITH x AS (SELECT * FROM a) SELECT * FROM x, b', ['a', 'b'], []],
      ['WITH x AS (SELECT 1) INSERT INTO x SELECT * FROM x', ['x'], []],
      ['UPDATE a SET n = (SELECT max(n) FROM b) FROM c', ['a', 'b', 'c'], ['max']],
      ['DELETE FROM a USING b', ['a', 'b'], []],
      [
        'SELECT app.f(g(1)) FROM h() WHERE EXTRACT(day FROM now()) = 1',
        [],
        ['app.f', 'g', 'h', 'pg_catalog.extract', 'now'],
      ],
      ['COPY a TO STDOUT', ['a'], []],
      ['EXPLAIN SELECT * FROM a', ['a'], []],
      ['SELECT * FROM a FOR UPDATE OF a', ['a'], []],
      ['TRUNCATE a, b', ['a', 'b'], []],
      ['SELECT * FROM a; DELETE FROM b', ['a', 'b'], []],
    ])('%s', (text, tables, functions) => {
      const statement = classifier.classify(text);
      const print = (names: typeof statement.tables): string[] =>
        names.map(({ schema, name }) => (schema === undefined ? name : `${schema}.${name}`));
      expect(print(statement.tables).sort()).toEqual([...tables].sort());
      expect(print(statement.functions).sort()).toEqual([...functions].sort());
    });
  });

  describe('details for a person', () => {
    const classifier = new StatementClassifier({ catalog: fixtureCatalog() });

    it.each([
      ["SELECT log_visit('x')", 'function lab.log_visit() is volatile'],
      ['SELECT not_there()', 'function not_there() is not known'],
      ['SELECT * FROM orders o FOR UPDATE OF o', 'FOR UPDATE on o'],
      ['WITH d AS (DELETE FROM lab.items) SELECT 1', 'DELETE FROM lab.items'],
      ['INSERT INTO audit DEFAULT VALUES', 'INSERT INTO audit'],
      [
        'SELECT * FROM numbered_twice',
        'view lab.numbered_twice: view lab.numbered_orders: function pg_catalog.nextval()',
      ],
      ['SELECT 1 === 1', 'operator lab.===: function lab.logged_equal() is volatile'],
      ['SELECT 1; SELECT * FROM scratch', 'statement 2 of 2: lab.scratch is or holds an unlogged table'],
      ['SELEC', 'syntax error at or near "SELEC"'],
    ])('%s: %s', (text, detail) => {
      expect(classifier.classify(text).detail).toBe(detail);
    });
  });

  describe('before a database was asked', () => {
    const classifier = new StatementClassifier({ catalog: BUILTIN_CATALOG });

    it.each([
      'SELECT * FROM some_table',
      "SELECT 'x'::app.some_type",
      'SELECT upper(a) || b FROM t WHERE a = ANY ($1)',
    ])('takes for a read what needs only functions of PostgreSQL: %s', (text) =>
      expect(classifier.classify(text)).toMatchObject({ target: 'replica', reason: 'read' }),
    );

    it.each([
      ['SELECT app.f()', 'unknown-function'],
      ['SELECT a <!!> b FROM t', 'unknown-operator'],
      ['SELECT * FROM pg_temp.t', 'temporary-table'],
      ["SELECT nextval('s')", 'sequence'],
    ])('takes to the primary what it cannot know: %s', (text, reason) => {
      expect(classifier.classify(text)).toMatchObject({ target: 'primary', reason });
    });
  });

  describe('functions that the owner vouches for', () => {
    const trusting = (name: string) =>
      new StatementClassifier({ catalog: fixtureCatalog(), trustedFunctions: [name] });

    it.each([['set_then_count'], ['lab.set_then_count']])('are reads if they are stable, as %s', (name) => {
      const text = 'SELECT lab.set_then_count()';
      expect(trusting(name).classify(text)).toMatchObject({ target: 'replica', backendState: 'none' });
      expect(trusting('other').classify(text)).toMatchObject({ target: 'primary', backendState: 'changes' });
    });

    it('may write if they are volatile, and leave nothing behind', () => {
      const text = "SELECT lab.enter_by_format('a')";
      const trusted = trusting('enter_by_format').classify(text);
      expect(trusted).toMatchObject({ target: 'primary', reason: 'volatile-function', backendState: 'none' });
      expect(trusted.mayDefine).toBeUndefined();
      expect(trusting('other').classify(text)).toMatchObject({ backendState: 'changes', mayDefine: true });
    });

    it('may be unknown to the catalog, and go to the primary then', () => {
      const classifier = new StatementClassifier({ trustedFunctions: ['app.f'] });
      expect(classifier.classify('SELECT app.f()')).toMatchObject({
        target: 'primary',
        backendState: 'none',
      });
      expect(classifier.classify('SELECT other.f()')).toMatchObject({ backendState: 'changes' });
    });

    it('do not overrule what is known of PostgreSQL', () => {
      const classifier = new StatementClassifier({ trustedFunctions: ['nextval', 'pg_advisory_lock'] });
      expect(classifier.classify("SELECT nextval('s')").target).toBe('primary');
      expect(classifier.classify('SELECT pg_advisory_lock(1)').backendState).toBe('changes');
    });

    it.each([['pg_catalog.set_config'], ['f()'], ['a.b.c'], ['']])(
      'are refused if they cannot be one: %s',
      (name) => {
        expect(() => trusting(name)).toThrow(`trustedFunctions is '${name}'`);
      },
    );
  });

  describe('texts made to break it', () => {
    const deep = `SELECT ${'1+'.repeat(30_000)}1`;

    it.each([
      ['too many brackets', `SELECT ${'('.repeat(40_000)}1${')'.repeat(40_000)}`, 'unparseable'],
      ['more text than may be parsed', `SELECT '${'x'.repeat(MAX_TEXT_LENGTH_CHARS)}'`, 'too-long'],
    ])('go to the primary: %s', (_what, text, reason) => {
      expect(new StatementClassifier().classify(text)).toMatchObject({
        kind: 'unparseable',
        target: 'primary',
        reason,
        backendState: 'changes',
      });
    });

    it('are refused with a zero byte, behind which the parser would not look', () => {
      const classify = () => new StatementClassifier().classify('SELECT 1\0; DELETE FROM t');
      expect(classify).toThrow('a statement cannot hold a zero byte');
    });

    it('cost the parser nothing but a restart, however often', async () => {
      const classifier = new StatementClassifier();
      for (let n = 0; n < 20; n += 1) {
        expect(classifier.classify(`${deep} -- ${n}`)).toMatchObject({ target: 'primary' });
        await until(
          'the parser to be back',
          () => classifier.classify(`SELECT ${n} AS a${n}`).reason !== 'parser-restarting',
          { timeoutMs: 10_000 },
        );
        expect(classifier.classify(`SELECT ${n} AS a${n}`)).toMatchObject({
          target: 'replica',
          reason: 'read',
        });
      }
    });

    it('understands deep nesting that PostgreSQL understands', () => {
      const nested = `SELECT * FROM ${'(SELECT * FROM '.repeat(300)}t${') x'.repeat(300)}`;
      expect(new StatementClassifier().classify(nested)).toMatchObject({
        target: 'replica',
        tables: [{ name: 't' }],
      });
    });
  });
});
