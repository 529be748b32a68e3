import fc from 'fast-check';
import { statements } from '../../../../test/classification-grammar';
import { STATEMENTS } from '../../../../test/classification-table';
import { loadParser, parse, SyntaxNotUnderstood } from './parser';
import { shapeOf } from './text-shape';

/** A tree without constants and positions. */
function skeleton(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(skeleton);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => !/location$|^typmod$|^(rexpr_)?list_(start|end)$/.test(key),
  );
  return Object.fromEntries(
    entries.map(([key, child]) => [
      key,
      key === 'A_Const' || key === 'Integer' ? constantKind(child) : skeleton(child),
    ]),
  );
}

function constantKind(constant: object): string {
  return Object.keys(constant)
    .filter((key) => key !== 'location')
    .join();
}

function skeletonOf(text: string): string {
  try {
    return JSON.stringify(parse(text).map(skeleton));
  } catch (error) {
    if (error instanceof SyntaxNotUnderstood) return 'not SQL';
    throw error;
  }
}

function expectSameTree(text: string): boolean {
  const shape = shapeOf(text);
  if (shape === undefined) return false;
  expect({ text, tree: skeletonOf(shape) }).toEqual({ text, tree: skeletonOf(text) });
  return true;
}

describe('shapeOf', () => {
  beforeAll(() => loadParser());

  it.each([
    ['SELECT * FROM t WHERE id = 17', 'SELECT * FROM t WHERE id = 0'],
    ["SELECT 'it''s', \"a'b\", 12", "SELECT '', \"a'b\", 0"],
    ["/*traceparent='00-1'*/ SELECT t1.c2 -- why\nFROM t1", '  SELECT t1.c2  \nFROM t1'],
    ['SELECT $1, 1.5, 1e5, 0x1F, 1_000, 1234567890 ;', 'SELECT $1, 1.5, 1e5, 0x1F, 1_000, 1234567890'],
    ['SELECT 1-1, 4/2, a$1 FROM é1', 'SELECT 0-0, 0/0, a$1 FROM é1'],
    ["(SELECT '--', '/*')", "(SELECT '', '')"],
  ])('makes equal what differs only in constants and comments: %s', (text, shape) => {
    expect(shapeOf(text)).toBe(shape);
  });

  it.each([
    ['several statements', 'SELECT 1; SELECT 2'],
    ['a statement whose constants matter', 'EXPLAIN (ANALYZE 0) SELECT 1'],
    ['a setting', "SET work_mem = '8MB'"],
    ['dollar quotes', 'SELECT $$1$$'],
    ['tagged dollar quotes', 'SELECT $a$;$a$'],
    ['an escape string', "SELECT E'\\'' "],
    ['an escape string, shouting', "SELECT e'\\'; DELETE FROM t; --'"],
    ['a Unicode string', "SELECT U&'\\0041'"],
    ['a Unicode identifier with its escape', 'SELECT U&"d!0061t" UESCAPE \'!\''],
    ['a bit string', "SELECT B'1'"],
    ['a string that touches a number', "SELECT 1'a'"],
    ['a string that touches a letter beyond ASCII', "SELECT é'a'"],
    ['nested comments', 'SELECT /* /* */ 1 */ 2'],
    ['an unterminated comment', 'SELECT 1 /* 2'],
    ['an unterminated string', "SELECT 'a"],
    ['an unterminated identifier', 'SELECT "a'],
    ['nothing', ' -- SELECT 1'],
  ])('leaves alone %s', (_what, text) => {
    expect(shapeOf(text)).toBeUndefined();
  });

  it('has the syntax tree of its text, for the whole table', () => {
    const shaped = STATEMENTS.filter(({ text }) => expectSameTree(text));
    expect(shaped.length).toBeGreaterThan(STATEMENTS.length / 3);
  });

  it('has the syntax tree of its text, for generated statements', () => {
    let shaped = 0;
    fc.assert(
      fc.property(statements, (text) => {
        if (expectSameTree(text)) shaped += 1;
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(shaped).toBeGreaterThan(400);
  });

  it('has the syntax tree of its text, for any mixture of what a lexer can trip over', () => {
    const pieces = [
      ...`'"$;/*-\\&.(),[]:1aEU\n `.split(''),
      "''",
      "' '",
      '/*',
      '*/',
      '--',
      '$1',
      '$a$',
      'x',
      '0x1',
      '1e',
      '::',
      'u&',
      "e'",
      'é',
      '\u00a0',
      '\u2028',
    ];
    const mixture = fc
      .array(fc.constantFrom(...pieces), { maxLength: 14 })
      .map((parts) => `SELECT ${parts.join('')}`);
    let accepted = 0;
    fc.assert(
      fc.property(mixture, (text) => {
        const shape = shapeOf(text);
        if (shape === undefined) return;
        const tree = skeletonOf(text);
        // A text that is not SQL is the same to every node; the danger is a shape that says less than its
        // text.
        if (tree === 'not SQL') return;
        accepted += 1;
        expect({ text, tree: skeletonOf(shape) }).toEqual({ text, tree });
      }),
      { numRuns: 40_000, seed: 11 },
    );
    expect(accepted).toBeGreaterThan(500);
  });
});
