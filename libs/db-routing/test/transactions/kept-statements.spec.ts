import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction, type TransactionOptions } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';

const AGAIN = { retry: { attempts: 2, baseDelayMs: 1 } } as const;

describe('prepared statements in a transaction', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, proxied: true });
  });
  afterAll(() => cluster.stop());

  beforeEach(async () => {
    pool = await startPool(cluster, {
      maxConnectionsPerNode: 1,
      // Probes would be counted as round trips.
      probeIntervalMs: 600_000,
      maxStalenessMs: 1_200_000,
    });
    await pool.query('DROP TABLE IF EXISTS note');
    await pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL, due date)');
    await pool.refreshCatalog();
  });
  afterEach(() => pool.end());

  const run = <T>(options: TransactionOptions, work: () => Promise<T>): Promise<T> =>
    runInTransaction({ manager: pool.transactions, ...options }, work);
  const insert = (id: number, body: unknown = `note ${id}`) =>
    pool.query('INSERT INTO note (id, body) VALUES ($1, $2) RETURNING *', [id, body]);
  const update = (id: number) => pool.query('UPDATE note SET body = $1 WHERE id = $2', ['again', id]);
  const due = (id: number, day: string) => pool.query('UPDATE note SET due = $1 WHERE id = $2', [day, id]);
  const both = (id: number) => async () => {
    await insert(id);
    await update(id);
  };
  const count = async () => (await pool.query('SELECT count(*)::int AS n FROM note')).rows;

  async function prepared(): Promise<string[]> {
    const { rows } = await run({}, () =>
      // Without the library's own: controls of transactions and the position query.
      pool.query<{ statement: string }>(
        "SELECT statement FROM pg_prepared_statements WHERE name NOT LIKE 'db\\_routing%' ORDER BY 1",
      ),
    );
    return rows.map(({ statement }) => statement);
  }

  it('are kept from their fifth use on, all of them, if the transaction may run again', async () => {
    for (let id = 1; id <= 4; id += 1) await run(AGAIN, both(id));
    expect(await prepared()).toEqual([]);
    await run(AGAIN, both(5));
    expect(await prepared()).toEqual([
      'INSERT INTO note (id, body) VALUES ($1, $2) RETURNING *',
      'UPDATE note SET body = $1 WHERE id = $2',
    ]);
    const answers = await run(AGAIN, () => Promise.all([insert(6), update(6)]));
    expect(answers.map(({ command, rowCount, rows }) => ({ command, rowCount, rows }))).toEqual([
      { command: 'INSERT', rowCount: 1, rows: [{ id: 6, body: 'note 6', due: null }] },
      { command: 'UPDATE', rowCount: 1, rows: [] },
    ]);
  });

  it('are only the first if it may not run again', async () => {
    for (let id = 1; id <= 6; id += 1) await run({}, both(id));
    expect(await prepared()).toEqual(['INSERT INTO note (id, body) VALUES ($1, $2) RETURNING *']);
  });

  it.each([
    ['the result has changed', 'ALTER TABLE note ADD COLUMN seen boolean', 7],
    ['a value does not fit any more', 'ALTER TABLE note ALTER COLUMN id TYPE bigint', 3_000_000_000],
  ])('run the function again when the schema has changed: %s', async (_what, change, id) => {
    for (let first = 1; first <= 6; first += 1) await run(AGAIN, both(first));
    // Outside the pool, which would discard the plans of its connections on a change of its own.
    await cluster.primary.query(change);
    let runs = 0;
    await run(AGAIN, async () => {
      runs += 1;
      await pool.query('SELECT 1');
      await both(id)();
    });
    expect(runs).toBe(2);
    expect(await count()).toEqual([{ n: 7 }]);
  });

  it('run it again even if the function catches the error', async () => {
    for (let id = 1; id <= 6; id += 1) await run(AGAIN, both(id));
    await cluster.primary.query('ALTER TABLE note ADD COLUMN seen boolean');
    await run(AGAIN, async () => {
      await pool.query('SELECT 1');
      await insert(7).catch(() => undefined);
    });
    expect(await count()).toEqual([{ n: 7 }]);
    // And prepares it again.
    for (let id = 8; id <= 13; id += 1) await run(AGAIN, both(id));
    expect(await count()).toEqual([{ n: 13 }]);
  });

  it('give the error of the server when the values are at fault', async () => {
    for (let day = 1; day <= 6; day += 1) await run(AGAIN, () => due(1, `2026-11-0${day}`));
    let runs = 0;
    const wrong = run(AGAIN, async () => {
      runs += 1;
      await pool.query('SELECT 1');
      await due(1, 'some day');
    });
    await expect(wrong).rejects.toMatchObject({ code: '22007' });
    expect(runs).toBe(2);
  });

  it('do not run it again for an error of the execution', async () => {
    for (let id = 1; id <= 6; id += 1) await run(AGAIN, both(id));
    let runs = 0;
    const twice = run(AGAIN, async () => {
      runs += 1;
      await insert(1);
    });
    await expect(twice).rejects.toMatchObject({ code: '23505' });
    expect(runs).toBe(1);
  });

  it('tell the statements behind one that fails that the transaction is aborted, and why', async () => {
    let outcomes: PromiseSettledResult<unknown>[] = [];
    const failed = run(AGAIN, async () => {
      outcomes = await Promise.allSettled([insert(1), insert(1), insert(2), pool.query('SELECT 1')]);
      throw new Error('roll back');
    });
    await expect(failed).rejects.toThrow('roll back');
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(outcomes[1]).toMatchObject({ reason: { code: '23505' } });
    for (const skipped of outcomes.slice(2)) {
      expect(skipped).toMatchObject({ reason: { code: '25P02', cause: { code: '23505' } } });
    }
    expect(await count()).toEqual([{ n: 0 }]);
  });

  it('share round trips with others that start in the same turn', async () => {
    const work = (from: number) =>
      run(AGAIN, async () => {
        await Promise.all([insert(from), insert(from + 1)]);
        await Promise.all([update(from), update(from + 1), pool.query('SELECT 1')]);
      });
    for (let id = 1; id <= 20; id += 2) await work(id);
    const before = cluster.primary.link.counters.roundTrips;
    await work(21);
    expect(cluster.primary.link.counters.roundTrips - before).toBe(3);
  });

  it('keep the order with statements that the driver sends', async () => {
    await run(AGAIN, async () => {
      const [, , , { rows }] = await Promise.all([
        insert(1),
        pool.query("SET LOCAL application_name = 'in between'"),
        update(1),
        pool.query("SELECT body, current_setting('application_name') AS name FROM note WHERE id = $1", [1]),
      ]);
      expect(rows).toEqual([{ body: 'again', name: 'in between' }]);
    });
  });

  it('go on behind a savepoint that was rolled back', async () => {
    await run(AGAIN, async () => {
      await insert(1);
      await run({ propagation: 'NESTED' }, () => insert(1)).catch(() => undefined);
      await insert(2);
    });
    expect(await count()).toEqual([{ n: 2 }]);
  });
});
