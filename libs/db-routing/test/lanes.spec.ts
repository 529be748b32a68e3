import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { Pool, type QueryConfig } from 'pg';
import { PoolEndedError, PoolExhaustedError } from '../src';
import type { LaneOptions } from '../src/postgres/lanes/lane-read';
import { LaneLab } from './lanes-support';
import { eventually } from './support';
import { startCluster } from './test-cluster';

const BY_ID = 'SELECT id, label FROM item WHERE id = $1';

describe('lanes to one node', () => {
  let cluster: PostgresCluster;
  let node: ClusterNode;
  const labs: LaneLab[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, proxied: true });
    node = cluster.primary;
    await node.query('CREATE TABLE item (id int PRIMARY KEY, label text)');
    await node.query("INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 2000) AS i");
    await node.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
  });

  afterEach(async () => {
    await Promise.all(labs.splice(0).map((lab) => lab.end()));
  });

  afterAll(() => cluster.stop());

  function open(options: Partial<LaneOptions> = {}): LaneLab {
    const lab = new LaneLab(node, options);
    labs.push(lab);
    return lab;
  }

  async function active(pattern: string): Promise<number> {
    const { rows } = await node.query<{ count: string }>(
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1 AND state = 'active' AND pid <> pg_backend_pid()",
      [pattern],
    );
    return Number(rows[0]!.count);
  }

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
      const pool = new Pool({ connectionString: node.url('migrator'), max: 1 });
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
    const before = node.link.counters;
    const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => lab.rows(BY_ID, [i + 1])));
    expect(answers.map(([row]) => row!.id)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    const after = node.link.counters;
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

  describe('with a slow statement', () => {
    it('does not let short ones wait behind it', async () => {
      const lab = open();
      await lab.warm(BY_ID, [1]);
      let isSlowDone = false;
      const slow = lab.rows('SELECT pg_sleep(1.5)').then(() => (isSlowDone = true));
      const short = Array.from({ length: 20 }, (_, i) => lab.rows(BY_ID, [i + 1]));
      await Promise.all(short);
      for (let i = 1; i <= 20; i++) await lab.rows(BY_ID, [i]);
      expect(isSlowDone).toBe(false);
      expect(lab.lanes.counters.moved).toBeGreaterThanOrEqual(20);
      await slow;
    });

    it('takes the lane into service again when it has drained', async () => {
      const lab = open();
      const before = await lab.backend();
      await lab.rows('SELECT pg_sleep(0.3)');
      expect(await lab.backend()).toBe(before);
      expect(lab.lanes.isStalled).toBe(false);
    });

    it('opens no more lanes than twice the limit, and lets reads wait no longer than they may', async () => {
      const lab = open({ maxLanes: 1, acquireTimeoutMs: 300 });
      const slow = Promise.all([lab.rows('SELECT pg_sleep(2)'), lab.rows('SELECT pg_sleep(2)')]);
      await eventually('both are on their way', async () => (await active('SELECT pg_sleep(2)')) === 2);
      await expect(lab.rows(BY_ID, [1])).rejects.toThrow(PoolExhaustedError);
      expect(lab.lanes.size).toBe(2);
      await slow;
      expect(await lab.rows(BY_ID, [1])).toHaveLength(1);
    });

    it('cancels on the server what nobody waits for any more, and nothing else', async () => {
      const lab = open();
      const ticket = lab.lanes.start({ input: 'SELECT pg_sleep(30)' });
      await eventually('it runs', async () => (await active('SELECT pg_sleep(30)')) === 1);
      const others = Array.from({ length: 20 }, (_, i) => lab.rows(BY_ID, [i + 1]));
      ticket.cancel(new Error('the client went away'));
      await expect(ticket.answer).rejects.toThrow('the client went away');
      await Promise.all(others);
      await eventually('it is cancelled', async () => (await active('SELECT pg_sleep(30)')) === 0, 2000);
      await eventually('the lane is free', () => !lab.lanes.isStalled && lab.lanes.inFlight === 0);
      expect(lab.failures).toEqual([]);
    });

    it('keeps to a query_timeout', async () => {
      const lab = open();
      const input = { text: 'SELECT pg_sleep(30)', query_timeout: 100 };
      await expect(lab.lanes.read({ input })).rejects.toThrow('Query read timeout');
      await eventually('it is cancelled', async () => (await active('SELECT pg_sleep(30)')) === 0, 2000);
    });
  });

  describe('growing and shrinking', () => {
    it('opens lanes for heavy reads, up to the limit, and closes those that idle', async () => {
      const lab = open({ maxLanes: 3, idleTimeoutMs: 200 });
      const until = performance.now() + 1000;
      const caller = async () => {
        while (performance.now() < until) await lab.rows('SELECT pg_sleep(0.004)');
      };
      await Promise.all(Array.from({ length: 12 }, caller));
      // A busy machine may stall a lane, which does not count.
      expect(lab.lanes.size).toBeGreaterThanOrEqual(3);
      expect(lab.lanes.size).toBeLessThanOrEqual(6);
      await eventually('all but one have left', () => lab.lanes.size === 1, 3000);
      const { rows } = await node.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'lanes'");
      expect(rows).toHaveLength(1);
    });

    it('keeps neither a timer nor a socket that holds the process', async () => {
      const holding = () => process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate');
      const count = (kind: string) => holding().filter((one) => one === kind).length;
      const before = new Map(holding().map((kind) => [kind, count(kind)]));
      await open().rows(BY_ID, [1]);
      // Jest's own timers come and go.
      await eventually('nothing more is held than before', () =>
        holding().every((kind) => count(kind) <= (before.get(kind) ?? 0)),
      );
    });
  });

  it('ends when what is in flight has been answered, and takes nothing after that', async () => {
    const lab = new LaneLab(node);
    const last = lab.rows('SELECT pg_sleep(0.3), 1 AS one');
    await eventually('it runs', async () => (await active('SELECT pg_sleep(0.3)%')) === 1);
    const ended = lab.end();
    await expect(lab.rows(BY_ID, [1])).rejects.toThrow(PoolEndedError);
    expect(await last).toMatchObject([{ one: 1 }]);
    await ended;
    await eventually('all have left', async () => {
      const { rows } = await node.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'lanes'");
      return rows.length === 0;
    });
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
