import { QuerySummaries } from './query-summary';

describe('QuerySummaries', () => {
  it.each([
    [
      `/* for alice */ SELECT * FROM orders WHERE customer_id = 'alice' AND total > 100`,
      'SELECT',
      'select * from orders where customer_id=? and total > ?',
    ],
    ['UPDATE products SET stock = $1 WHERE sku = $2', 'UPDATE', 'update products set stock=? where sku=?'],
    ['-- nothing', '', ''],
  ])('tells of %s no constant, no comment and no parameter', (sql, operation, text) => {
    expect(new QuerySummaries().of(sql)).toEqual({ operation, text });
  });

  it('is right about every text, however many there were', () => {
    const summaries = new QuerySummaries();
    for (let table = 0; table < 2_500; table++) {
      expect(summaries.of(`SELECT 1 FROM t${table}`).text).toBe(`select ? from t${table}`);
    }
    expect(summaries.of('SELECT 1 FROM t0').text).toBe('select ? from t0');
  });
});
