import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../src';
import { startPool } from './support';
import { startCluster } from './test-cluster';

describe('statements that come again', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster.stop());

  beforeEach(async () => {
    pool = await startPool(cluster, { maxConnectionsPerNode: 1 });
    await pool.query('DROP TABLE IF EXISTS note');
    await pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
    await pool.refreshCatalog();
  });
  afterEach(() => pool.end());

  const inTransaction = <T>(work: () => Promise<T>): Promise<T> =>
    runInTransaction({ manager: pool.transactions }, work);
  const insert = (id: number) =>
    pool.query('INSERT INTO note VALUES ($1, $2) RETURNING *', [id, `note ${id}`]);
  /** The statements that the pool's only exclusive connection has prepared. */
  const prepared = async (): Promise<string[]> => {
    const { rows } = await inTransaction(() =>
      // Without the pool's own: controls of transactions and the position query.
      pool.query<{ statement: string }>(
        "SELECT statement FROM pg_prepared_statements WHERE name NOT LIKE 'db\\_routing%' ORDER BY 1",
      ),
    );
    return rows.map(({ statement }) => statement);
  };

  it('are prepared at their fifth use on a connection, in transactions and outside', async () => {
    for (let id = 1; id <= 4; id++) await insert(id);
    expect(await prepared()).toEqual([]);
    await inTransaction(() => insert(5));
    expect(await prepared()).toEqual(['INSERT INTO note VALUES ($1, $2) RETURNING *']);
    expect((await insert(6)).rows).toEqual([{ id: 6, body: 'note 6' }]);
  });

  it('are never more than 256 on a connection', async () => {
    for (let text = 0; text < 300; text++) {
      for (let use = 0; use < 5; use++) {
        await pool.query(`UPDATE note SET body = $1 WHERE id = ${text}`, ['x']);
      }
    }
    expect((await prepared()).length).toBe(256);
  });

  it('let notifications through that come between their answers', async () => {
    const client = await pool.connect();
    const heard: (string | undefined)[] = [];
    client.on('notification', ({ payload }) => heard.push(payload));
    try {
      await client.query('LISTEN here');
      for (let use = 0; use < 10; use++) await client.query("SELECT pg_notify('here', $1)", [`note ${use}`]);
    } finally {
      client.release();
    }
    expect(heard).toEqual(Array.from({ length: 10 }, (_, use) => `note ${use}`));
  });

  it('throw what a type parser throws, and go on', async () => {
    const types = {
      getTypeParser: () => () => {
        throw new Error('cannot read this');
      },
    };
    for (let id = 1; id <= 8; id++) await insert(id);
    const text = 'INSERT INTO note VALUES ($1, $2) RETURNING *';
    await expect(pool.query({ text, values: [9, 'nine'], types })).rejects.toThrow('cannot read this');
    expect((await insert(10)).rows).toEqual([{ id: 10, body: 'note 10' }]);
  });

  it('are prepared once, though they fail each time', async () => {
    await insert(1);
    for (let use = 0; use < 30; use++) await expect(insert(1)).rejects.toThrow(/duplicate key/);
    expect(await prepared()).toHaveLength(1);
  });

  it('survive a change of the schema: a write is run again, as nothing of it was executed', async () => {
    for (let id = 1; id <= 6; id++) await insert(id);
    // Outside the pool, which would discard the plans of its connections on a change of its own.
    await cluster.primary.query('ALTER TABLE note ADD COLUMN seen boolean');
    expect((await insert(7)).rows).toEqual([{ id: 7, body: 'note 7', seen: null }]);
    expect((await pool.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 7 }]);
  });

  it('survive it as the first statement of a transaction', async () => {
    for (let id = 1; id <= 6; id++) await insert(id);
    // Outside the pool, which would discard the plans of its connections on a change of its own.
    await cluster.primary.query('ALTER TABLE note ADD COLUMN seen boolean');
    await inTransaction(async () => {
      expect((await insert(7)).rows).toHaveLength(1);
      await insert(8);
    });
    expect((await pool.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 8 }]);
  });

  it('survive it in the middle of a transaction, where none is sent by the name that it is kept under', async () => {
    for (let id = 1; id <= 6; id++) await insert(id);
    // Outside the pool, which would discard the plans of its connections on a change of its own.
    await cluster.primary.query('ALTER TABLE note ADD COLUMN seen boolean');
    await inTransaction(async () => {
      await pool.query('SELECT 1');
      await insert(7);
    });
    expect((await pool.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 7 }]);
  });

  it('are left alone where that is switched off', async () => {
    await pool.end();
    pool = await startPool(cluster, { maxConnectionsPerNode: 1, prepareStatements: false });
    for (let id = 1; id <= 10; id++) await insert(id);
    expect(await prepared()).toEqual([]);
  });
});
