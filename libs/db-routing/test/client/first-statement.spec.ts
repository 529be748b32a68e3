import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../../src';
import { startPool } from '../support';
import { startCluster } from '../test-cluster';
import { inClientTransaction } from './support';

const INSERT = 'INSERT INTO note (id) VALUES ($1) RETURNING *';
const UPDATE = 'UPDATE note SET body = $1 WHERE id = $2 RETURNING *';

describe('the first statement in a transaction of a client', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
  });
  afterAll(() => cluster.stop());

  beforeEach(async () => {
    pool = await startPool(cluster, { maxConnectionsPerNode: 1 });
    await pool.query('DROP TABLE IF EXISTS note');
    await pool.query('CREATE TABLE note (id int PRIMARY KEY, body text)');
    await pool.refreshCatalog();
    for (let id = 1; id <= 6; id++) {
      await transaction('BEGIN', async (query) => {
        await query(INSERT, [id]);
        await query(UPDATE, ['new', id]);
      });
    }
  });
  afterEach(() => pool.end());

  type Query = (text: string, values?: unknown[]) => Promise<unknown[]>;

  const transaction = <T>(begin: string, work: (query: Query) => Promise<T>): Promise<T> =>
    inClientTransaction(
      pool,
      (client) => work(async (text, values) => (await client.query(text, values)).rows),
      begin,
    );

  /** Outside the pool, which would discard the plans of its connections on a change of its own. */
  const addColumn = () => cluster.primary.query('ALTER TABLE note ADD COLUMN seen boolean');
  const stored = async () =>
    (await cluster.primary.query('SELECT id FROM note WHERE id > 6 ORDER BY id')).rows;

  it('is kept prepared, and no other is', async () => {
    const kept = await transaction('BEGIN', (query) =>
      query("SELECT statement FROM pg_prepared_statements WHERE name NOT LIKE 'db\\_routing%'"),
    );
    expect(kept).toEqual([{ statement: INSERT }]);
  });

  it('begins the transaction again, with its modes, when the schema has changed', async () => {
    await addColumn();
    const seen = await transaction('START TRANSACTION ISOLATION LEVEL SERIALIZABLE', async (query) => {
      const rows = await query(INSERT, [7]);
      const [modes] = await query("SELECT current_setting('transaction_isolation') AS level");
      await query(UPDATE, ['again', 7]);
      return { rows, modes };
    });
    expect(seen).toEqual({ rows: [{ id: 7, body: null, seen: null }], modes: { level: 'serializable' } });
    expect(await stored()).toEqual([{ id: 7 }]);
  });

  it('is in the transaction that the client can roll back', async () => {
    await addColumn();
    const failed = transaction('BEGIN', async (query) => {
      await query(INSERT, [7]);
      throw new Error('changed my mind');
    });
    await expect(failed).rejects.toThrow('changed my mind');
    expect(await stored()).toEqual([]);
  });

  it('lets those wait that the client sends while the transaction begins again', async () => {
    await addColumn();
    await transaction('BEGIN', async (query) => {
      const first = query(INSERT, [7]);
      // It is sent by now: only statements of the same turn make it do without its name.
      await new Promise(setImmediate);
      await Promise.all([first, query('INSERT INTO note (id) VALUES (8)')]);
    });
    await transaction('BEGIN', (query) =>
      Promise.all([query(INSERT, [9]), query('INSERT INTO note (id) VALUES (10)')]),
    );
    expect(await stored()).toEqual([{ id: 7 }, { id: 8 }, { id: 9 }, { id: 10 }]);
  });

  it.each([
    ['a setting', "SET LOCAL application_name = 'noting'", 'SHOW application_name', ['noting']],
    ['a savepoint', 'SAVEPOINT before', 'RELEASE before', []],
    [
      'a lock',
      'SELECT pg_advisory_xact_lock(1)',
      "SELECT mode FROM pg_locks WHERE locktype = 'advisory'",
      ['ExclusiveLock'],
    ],
    ['COMMIT AND CHAIN', 'COMMIT AND CHAIN', 'SHOW transaction_isolation', ['repeatable read']],
  ])('is not the one behind %s, whose effect would be lost', async (_what, before, look, effect) => {
    await addColumn();
    const seen = await transaction('BEGIN ISOLATION LEVEL REPEATABLE READ', async (query) => {
      await query(before);
      await query(INSERT, [7]);
      return query(look);
    });
    expect(seen.map((row) => Object.values(row as object)[0] as unknown)).toEqual(effect);
    expect(await stored()).toEqual([{ id: 7 }]);
  });

  it('is not the one behind a BEGIN in a transaction', async () => {
    await addColumn();
    await transaction('BEGIN', async (query) => {
      await query('INSERT INTO note (id) VALUES (8)');
      await query('BEGIN');
      await query(INSERT, [7]);
    });
    expect(await stored()).toEqual([{ id: 7 }, { id: 8 }]);
  });

  it('fails with the error of the server when its values are at fault, and the transaction with it', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await expect(client.query(INSERT, ['no number'])).rejects.toMatchObject({ code: '22P02' });
    expect(client.getTransactionStatus()).toBe('E');
    await expect(client.query(INSERT, [7])).rejects.toMatchObject({ code: '25P02' });
    await client.query('ROLLBACK');
    client.release();
    expect(await stored()).toEqual([]);
  });

  it('runs outside of a transaction when the server has refused BEGIN', async () => {
    await addColumn();
    const client = await pool.connect();
    await client.query("SET application_name = 'noting'");
    await expect(client.query('BEGIN ISOLATION LEVEL none')).rejects.toMatchObject({ code: '42601' });
    await client.query(INSERT, [7]);
    expect(client.getTransactionStatus()).toBe('I');
    client.release();
    expect(await stored()).toEqual([{ id: 7 }]);
  });
});
