import { loadParser } from './tree/parser';
import { QuerySummaries, type QuerySummary } from './query-summary';

describe('QuerySummaries', () => {
  const summaries = new QuerySummaries();

  beforeAll(() => loadParser());

  it.each([
    [
      `/* for alice */ SELECT * FROM orders WHERE customer_id = 'alice' AND total > 100`,
      'select * from orders where customer_id=? and total > ?',
    ],
    ['UPDATE products SET stock = $1 WHERE sku = $2', 'update products set stock=? where sku=?'],
    ['-- nothing', ''],
  ])('tells of %s no constant, no comment and no parameter', (sql, text) => {
    expect(summaries.of(sql).text).toBe(text);
  });

  /** The examples of the conventions, then what PostgreSQL has besides. */
  it.each<[sql: string, expected: Omit<QuerySummary, 'text'>]>([
    [
      'SELECT * FROM wuser_table WHERE username = $1',
      { operation: 'SELECT', summary: 'SELECT wuser_table', collection: 'wuser_table' },
    ],
    [
      'INSERT INTO shipping_details (a, b) SELECT a, b FROM orders WHERE id = $1',
      { operation: 'INSERT', summary: 'INSERT shipping_details SELECT orders' },
    ],
    [
      'SELECT * FROM songs, artists WHERE songs.a = artists.b',
      { operation: 'SELECT', summary: 'SELECT songs artists' },
    ],
    [
      'SELECT d FROM (SELECT * FROM orders o JOIN customers c ON o.a = c.b) x',
      { operation: 'SELECT', summary: 'SELECT SELECT orders customers' },
    ],
    ['SELECT * FROM "song list", "artists"', { operation: 'SELECT', summary: 'SELECT "song list" artists' }],
    ['SELECT 1', { operation: 'SELECT', summary: 'SELECT' }],
    ['VALUES (1)', { operation: 'VALUES', summary: 'VALUES' }],
    ['SELECT 1 FROM a UNION SELECT 2 FROM b', { operation: 'SELECT', summary: 'SELECT a SELECT b' }],
    [
      'select extract(epoch from t) from shop.orders for update',
      { operation: 'SELECT', summary: 'SELECT shop.orders', collection: 'shop.orders' },
    ],
    [
      'INSERT INTO orders VALUES (1), ((SELECT max(id) FROM orders))',
      { operation: 'INSERT', summary: 'INSERT orders SELECT orders', collection: 'orders' },
    ],
    [
      'UPDATE a SET x = 1 FROM b WHERE EXISTS (SELECT FROM c)',
      { operation: 'UPDATE', summary: 'UPDATE a b SELECT c' },
    ],
    ['DELETE FROM a USING b WHERE a.x = b.x', { operation: 'DELETE', summary: 'DELETE a b' }],
    [
      'MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE',
      { operation: 'MERGE', summary: 'MERGE a b' },
    ],
    ['BEGIN ISOLATION LEVEL SERIALIZABLE', { operation: 'BEGIN', summary: 'BEGIN' }],
    ['TRUNCATE orders', { operation: 'TRUNCATE', summary: 'TRUNCATE orders', collection: 'orders' }],
    [
      'EXPLAIN INSERT INTO orders DEFAULT VALUES',
      { operation: 'EXPLAIN', summary: 'EXPLAIN INSERT orders', collection: 'orders' },
    ],
    [
      'COPY (SELECT * FROM orders) TO STDOUT',
      { operation: 'COPY', summary: 'COPY SELECT orders', collection: 'orders' },
    ],
    [
      'SET x = 1; INSERT INTO orders DEFAULT VALUES',
      { operation: 'SET', summary: 'SET INSERT orders', collection: 'orders' },
    ],
    ['SELEC broken', { operation: 'SELEC', summary: 'SELEC' }],
    ['-- nothing', { operation: '', summary: '' }],
  ])('names what %s does, and to what', (sql, expected) => {
    const { text: _text, ...found } = summaries.of(sql);
    expect(found).toEqual(expected);
  });

  it.each<[sql: string, expected: Omit<QuerySummary, 'text'>]>([
    [
      'WITH placed AS (INSERT INTO orders VALUES ($1) RETURNING *) SELECT * FROM placed',
      { operation: 'INSERT', summary: 'INSERT orders SELECT', collection: 'orders' },
    ],
    [
      'WITH found AS (SELECT 1 FROM products), taken AS (UPDATE products SET stock = 0 RETURNING 1) TABLE taken',
      { operation: 'UPDATE', summary: 'SELECT products UPDATE products SELECT', collection: 'products' },
    ],
    [
      'WITH old AS (SELECT 1 FROM a) DELETE FROM old',
      { operation: 'DELETE', summary: 'SELECT a DELETE old' },
    ],
    [
      'WITH RECURSIVE t AS (SELECT 1 FROM a UNION ALL SELECT 2 FROM t) SELECT 3 FROM t',
      { operation: 'SELECT', summary: 'SELECT a SELECT SELECT', collection: 'a' },
    ],
    [
      'WITH gone AS (DELETE FROM a RETURNING 1) SELECT 1 UNION SELECT 2 FROM gone',
      { operation: 'DELETE', summary: 'DELETE a SELECT SELECT', collection: 'a' },
    ],
  ])('takes the write of %s for what it does, and no CTE for a table', (sql, expected) => {
    const { text: _text, ...found } = summaries.of(sql);
    expect(found).toEqual(expected);
  });

  it('ends a long summary between two names', () => {
    const names = Array.from({ length: 50 }, (_, index) => `table_number_${index}`);
    const { summary } = summaries.of(`SELECT 1 FROM ${names.join()}`);
    expect(summary.length).toBeLessThanOrEqual(255);
    expect(summary).toMatch(/^SELECT( table_number_\d+)+$/);
  });

  it('is right about every text, however many there were', () => {
    for (let table = 0; table < 2_500; table++) {
      expect(summaries.of(`SELECT 1 FROM t${table}`)).toMatchObject({
        text: `select ? from t${table}`,
        collection: `t${table}`,
      });
    }
    expect(summaries.of('SELECT 1 FROM t0').text).toBe('select ? from t0');
  });
});
