import { loadParser } from '../../src/postgres/classify/tree/parser';
import { readPlpgsql } from '../../src/postgres/classify/tree/plpgsql';
import { collectFacts } from '../../src/postgres/classify/tree/tree-facts';

const inFunction = (body: string, header = 'f(a integer) RETURNS SETOF integer'): string =>
  `CREATE OR REPLACE FUNCTION ${header} LANGUAGE plpgsql AS $function$ ${body} $function$`;

function namesIn(definition: string): { functions: string[]; types: string[]; isDynamic: boolean } {
  const { trees, isDynamic } = readPlpgsql(definition);
  const facts = trees.map((tree) => collectFacts(tree));
  return {
    functions: facts.flatMap(({ functions }) => functions.map(({ name }) => name)),
    types: facts.flatMap(({ types }) => types.map(({ schema, name }) => `${schema ?? ''}.${name}`)),
    isDynamic,
  };
}

/** A call in each place of PL/pgSQL that can hold one: m1() to m45(). */
const EVERYWHERE = `
  DECLARE
    n integer := m1();
    k CONSTANT numeric(10, 2) NOT NULL := m2();
    r record;
    cur refcursor;
    c CURSOR (k integer) FOR SELECT m3() FROM t2 WHERE z = k;
    v integer[];
  BEGIN
    n := a + m4();
    v[m5()] := m6();
    SELECT * FROM t INTO r;
    r.id = m7();
    PERFORM m8(n);
    FOR r IN SELECT m9() FROM z LOOP n := m10(); END LOOP;
    FOR i IN REVERSE m11()..m12() BY m13() LOOP NULL; END LOOP;
    WHILE m14() LOOP EXIT WHEN m15(); CONTINUE WHEN m16(); END LOOP;
    LOOP PERFORM m17(); END LOOP;
    IF m18() > 1 THEN RETURN NEXT m19();
    ELSIF m20() THEN RAISE NOTICE 'x %', m21() USING HINT = m22();
    ELSE RETURN QUERY SELECT m23();
    END IF;
    CASE m24() WHEN m25() THEN PERFORM m26(); ELSE PERFORM m27(); END CASE;
    CASE WHEN m28() THEN PERFORM m29(); END CASE;
    OPEN c(m30());
    FETCH RELATIVE m31() FROM c INTO r;
    MOVE FORWARD m32() FROM c;
    CLOSE c;
    OPEN cur FOR SELECT m33();
    FOR r IN c(m34()) LOOP PERFORM m35(); END LOOP;
    SELECT m36() INTO STRICT n FROM y;
    INSERT INTO foo VALUES (m37()) RETURNING id INTO n;
    FOREACH n IN ARRAY m38() LOOP PERFORM m39(); END LOOP;
    ASSERT m40(), m41();
    CALL p(m42());
    <<inner>> DECLARE z integer DEFAULT m43();
    BEGIN PERFORM m44(); EXCEPTION WHEN unique_violation THEN PERFORM m45(); END inner;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN;
  END`;

describe('what a body in PL/pgSQL runs', () => {
  beforeAll(() => loadParser());

  it('is found in each place of the language', () => {
    const { functions, isDynamic } = namesIn(inFunction(EVERYWHERE));
    const expected = Array.from({ length: 45 }, (_, n) => `m${n + 1}`);
    expect([...new Set(functions)].filter((name) => /^m\d/.test(name)).sort()).toEqual(expected.sort());
    expect(functions).toContain('p');
    expect(isDynamic).toBe(false);
  });

  it.each([
    ['EXECUTE m1() INTO a USING m2()'],
    ['FOR r IN EXECUTE m1() USING m2() LOOP NULL; END LOOP'],
    ['RETURN QUERY EXECUTE m1() USING m2()'],
    ['OPEN c FOR EXECUTE m1() USING m2()'],
  ])('is known to be made at run time: %s', (statement) => {
    const body = `DECLARE r record; c refcursor; BEGIN ${statement}; END`;
    const { functions, isDynamic } = namesIn(inFunction(body));
    expect(isDynamic).toBe(true);
    expect(functions).toEqual(expect.arrayContaining(['m1', 'm2']));
  });

  it('has the types of its variables in it', () => {
    const body = `DECLARE a lab.positive; b "My".orders%ROWTYPE; c lab.orders.id%TYPE; d c%TYPE;
      BEGIN b.id := 1; RETURN; END`;
    expect(namesIn(inFunction(body)).types).toEqual(
      expect.arrayContaining(['lab.positive', 'My.orders', 'lab.orders']),
    );
  });

  it.each([
    ["a['x = y']", 'm1() = m2()'],
    ['a', 'm1(x := m2())'],
    ['a[m1()]', 'm2()'],
  ])('is found whole in an assignment: %s := %s', (target, value) => {
    const body = `DECLARE a text; BEGIN ${target} := ${value}; RETURN; END`;
    expect(namesIn(inFunction(body, 'f() RETURNS void')).functions).toEqual(['m1', 'm2']);
  });

  it.each([
    ['what is no PL/pgSQL', 'BEGIN RETURN (SELECT 1) + ; END'],
    ['what is not SQL', 'BEGIN PERFORM 1 FROM WHERE; END'],
    ['an assignment that could be cut in two ways', 'DECLARE b int; BEGIN b /* := */ := m1(); END'],
  ])('is refused: %s', (_what, body) => {
    expect(() => readPlpgsql(inFunction(body))).toThrow();
  });

  it.each([
    [
      'a trigger',
      'f() RETURNS trigger',
      "BEGIN IF TG_OP = 'INSERT' THEN NEW.at := m1(); END IF; RETURN NEW; END",
    ],
    ['an event trigger', 'f() RETURNS event_trigger', 'BEGIN PERFORM m1(tg_tag); END'],
    ['one with results', 'f(OUT a int, INOUT b text)', 'BEGIN a := m1(); b := a; END'],
    ['one of a table', 'f() RETURNS TABLE(x int, y text)', 'BEGIN x := m1(); RETURN NEXT; END'],
    ['a polymorphic one', 'f(anyelement) RETURNS anyelement', 'BEGIN RETURN m1($1); END'],
    [
      'a composite one',
      'f(o lab.orders, VARIADIC v text[]) RETURNS lab.orders',
      'BEGIN o.id := m1(); RETURN o; END',
    ],
  ])('is read of %s', (_what, header, body) => {
    expect(namesIn(inFunction(body, header)).functions).toContain('m1');
  });
});
