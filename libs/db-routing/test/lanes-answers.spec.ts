import { Pool, type QueryConfig } from 'pg';
import { useLaneLabs } from './lanes-support';

const BY_ID = 'SELECT id, label FROM item WHERE id = $1';

describe('answers on lanes to one node', () => {
  const labs = useLaneLabs();
  const { open } = labs;

  const lower: QueryConfig['types'] = {
    getTypeParser: (() => (text: string) => `<${text}>`) as unknown as NonNullable<
      QueryConfig['types']
    >['getTypeParser'],
  };

  const inputs: [string, string | (QueryConfig & Record<string, unknown>), unknown[]?][] = [
    ['a text', 'SELECT 1 AS one, NULL AS nothing, ARRAY[1, 2] AS list'],
    ['two columns of one name', 'SELECT 1 AS a, 2 AS a'],
    ['several statements', 'SELECT 1 AS one; SELECT 2 AS two'],
    ['an empty text', ''],
    ['parameters', BY_ID, [7]],
    ['no row', BY_ID, [-1]],
    ['bytes', 'SELECT $1::bytea AS bytes, $2::timestamptz AS at', [Buffer.from([0, 255]), new Date(0)]],
    ['a configuration', { text: BY_ID, values: [7] }],
    ['rows as arrays', { text: BY_ID, values: [7], rowMode: 'array' }],
    ['own types', { text: BY_ID, values: [7], types: lower }],
    ['an own name', { text: BY_ID, values: [7], name: 'mine' }],
    ['binary results', { text: 'SELECT label, id FROM item WHERE id = $1', values: [7], binary: true }],
    ['the extended protocol', { text: 'SELECT 1 AS one', queryMode: 'extended' }],
    ['text beyond ASCII', 'SELECT $1::text AS "größe", \'𝄞\' AS clef', ['naïve ☃ 𝄞']],
    ['__proto__ as a column', 'SELECT 1 AS "__proto__", 2 AS constructor'],
    ['a long parameter', 'SELECT length($1), $1::text AS text', ['ö'.repeat(100_000)]],
    ['no columns', 'SELECT FROM item WHERE id = $1', [7]],
    ['a command without rows', 'SET search_path = public'],
  ];

  it.each(inputs.map(([name, input, values]) => [name, input, values] as const))(
    'answers as pg.Pool does, prepared or not: %s',
    async (_, input, values) => {
      const pool = new Pool({ connectionString: labs.node.url('migrator'), max: 1 });
      const expected = await pool.query(input, values as never);
      await pool.end();
      const lab = open();
      for (let use = 1; use <= 20; use++) {
        const { result } = await lab.lanes.read({ input, values });
        expect(withoutParsers(result)).toEqual(withoutParsers(expected));
      }
    },
  );

  it('reads an answer of many packets', async () => {
    const lab = open();
    const text = "SELECT i, repeat('x', 1000) AS filling FROM generate_series(1, $1) AS i";
    for (const count of [5000, 1, 5000]) expect(await lab.rows(text, [count])).toHaveLength(count);
  });

  it('sends what is asked in one turn in one packet, on one connection', async () => {
    const lab = open();
    await lab.warm(BY_ID, [1]);
    const before = labs.node.link.counters;
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => lab.rows(BY_ID, [i + 1])));
    expect(answers.map(([row]) => row!.id)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    const after = labs.node.link.counters;
    expect(after.connections - before.connections).toBe(0);
    expect(after.roundTrips - before.roundTrips).toBeLessThanOrEqual(2);
  });

  it('stays on one lane when one caller asks after the other', async () => {
    const lab = open();
    for (let i = 1; i <= 200; i++) await lab.rows(BY_ID, [i]);
    expect(lab.lanes.counters.opened).toBe(1);
  });

  it('gives an error to the statement that made it, and to no other', async () => {
    const lab = open();
    const text = 'SELECT 10 / $1::int AS quotient';
    await lab.warm(text, [1]);
    const settled = await Promise.allSettled([5, 0, 2, 0, 1].map((divisor) => lab.rows(text, [divisor])));
    expect(
      settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message)),
    ).toEqual([
      [{ quotient: 2 }],
      'division by zero',
      [{ quotient: 5 }],
      'division by zero',
      [{ quotient: 10 }],
    ]);
    expect(lab.failures).toEqual([]);
  });

  it('gives every use of a statement that cannot be prepared its own error', async () => {
    const lab = open();
    const asked = Array.from({ length: 20 }, (_, i) =>
      lab.rows('SELECT missing FROM item WHERE id = $1', [i]),
    );
    for (const one of await Promise.allSettled(asked)) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: '42703' } });
    }
  });

  it('passes on what a type parser throws', async () => {
    const lab = open();
    const types = {
      getTypeParser: () => () => {
        throw new Error('cannot read this');
      },
    };
    const bad = lab.rows({ text: BY_ID, values: [1], types: types });
    const good = lab.rows(BY_ID, [2]);
    await expect(bad).rejects.toThrow('cannot read this');
    expect(await good).toEqual([{ id: 2, label: 'item 2' }]);
  });

  it('refuses values that are no array', async () => {
    await expect(open().lanes.read({ input: BY_ID, values: 'x' as never })).rejects.toThrow(
      'must be an array',
    );
  });
});

/** Functions are compared by their effect on the rows. */
function withoutParsers(result: unknown): unknown {
  return JSON.parse(
    JSON.stringify(result, (key, value: unknown) =>
      key === '_parsers' || key === '_types' ? undefined : value,
    ),
  );
}
