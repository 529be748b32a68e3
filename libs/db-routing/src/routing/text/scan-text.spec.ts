import { commentTags } from './comment-tags';
import { scanText } from './scan-text';
import { textFacts } from './text-facts';

describe('a text taken apart', () => {
  it.each([
    ['SELECT  *\n FROM T', 'select * from t'],
    ['SELECT a FROM t WHERE b = $1 AND c=1.5e3;', 'select a from t where b=? and c=?'],
    ["SELECT 'it''s', E'a\\'b', $$x$$, $q$ $$ $q$", 'select ?,e?'],
    ['SELECT "A""b" FROM t1 -- 7', 'select "A""b" from t1'],
    ['SELECT a /* x /* y */ z */ FROM t', 'select a from t'],
    ['SELECT 1 FROM t WHERE a IN (1, 2, 3)', 'select ? from t where a in(?)'],
    ["SELECT 'unfinished", 'select ?'],
    ['SELECT /* unfinished', 'select'],
  ])('%j leaves %j', (text, skeleton) => {
    expect(scanText(text).skeleton).toBe(skeleton);
  });

  it.each([
    ["SELECT '/* a */' /* b */ -- /* c */\n/*d*/", [' b ', 'd']],
    ['SELECT "/* a */", $$ /* b */ $$, $x$ $$ /* c */ $x$ /*d*/', ['d']],
    ['SELECT 1 - - 2 /**/ /*', ['', '']],
    ["SELECT 'a\\' /* b */", [' b ']],
    ["SELECT E'a\\' /* b */'", []],
  ])('%j has the comments %j', (text, comments) => {
    expect(scanText(text).comments).toEqual(comments);
  });

  it('has one fingerprint for texts that differ in constants, comments and spaces, and another for others', () => {
    const of = (text: string) => textFacts(text).fingerprint;
    expect(of('SELECT * FROM t WHERE id IN (1,2)')).toBe(
      of("select *  from T where id in ( $1 ) /* x='y' */"),
    );
    expect(of('SELECT a FROM t')).not.toBe(of('SELECT b FROM t'));
    expect(of('SELECT "a" FROM t')).not.toBe(of('SELECT "A" FROM t'));
    expect(of('SELECT 1')).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('tags of a comment', () => {
  it.each([
    [["a='1',b='2'"], { a: '1', b: '2' }],
    [[" route='reporting' "], { route: 'reporting' }],
    [["traceparent='00-x',path='%2Fa%20b'"], { traceparent: '00-x', path: '/a b' }],
    [["a='it\\'s'"], { a: "it's" }],
    [["a='%zz'"], { a: '%zz' }],
    [["a='1' and more"], {}],
    [['just words'], {}],
    [["a='1'", "a='2'"], { a: '2' }],
  ])('%j: %j', (comments, tags) => {
    expect(Object.fromEntries(commentTags(comments))).toEqual(tags);
  });
});
