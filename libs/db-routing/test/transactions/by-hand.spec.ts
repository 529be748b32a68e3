import { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, runInTransaction } from '../../src';
import { startPool } from '../support';

describe('a transaction that a client begins by hand', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 0 });
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE line (who text UNIQUE)');
    await pool.refreshCatalog();
  });

  beforeEach(() => pool.query('TRUNCATE line'));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  async function lines(): Promise<string> {
    const { rows } = await cluster.primary.query('SELECT who FROM line ORDER BY who');
    return rows.map((row) => row['who'] as string).join(' ');
  }

  it.each([
    ['a client without a connection', []],
    ['a client that holds one', ["SET my.tenant = 'acme'"]],
  ])('holds all that is sent after BEGIN, awaited or not: %s', async (_, before) => {
    const client = await pool.connect();
    const sent = [...before, 'BEGIN', "INSERT INTO line VALUES ('a')", "INSERT INTO line VALUES ('a')"];
    await Promise.allSettled(sent.map((text) => client.query(text)));
    await expect(client.query('COMMIT')).rejects.toThrow('was rolled back');
    await Promise.all(
      ['BEGIN', "INSERT INTO line VALUES ('b')", 'COMMIT', 'BEGIN', "INSERT INTO line VALUES ('c')"].map(
        (text) => client.query(text),
      ),
    );
    await client.query('ROLLBACK');
    client.release();
    expect(await lines()).toBe('b');
  });

  it.each(['COMMIT', 'ROLLBACK'])('is followed by another at once after %s AND CHAIN', async (command) => {
    const client = await pool.connect();
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    await client.query("INSERT INTO line VALUES ('a')");
    await client.query(`${command} AND CHAIN`);
    expect(await client.query('SHOW transaction_isolation')).toMatchObject({
      rows: [{ transaction_isolation: 'serializable' }],
    });
    await client.query("INSERT INTO line VALUES ('b')");
    await client.query('ROLLBACK');
    client.release();
    expect(await lines()).toBe(command === 'COMMIT' ? 'a' : '');
  });

  it('chains inside a managed transaction too', async () => {
    await runInTransaction(async () => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO line VALUES ('a')");
      await client.query('COMMIT AND CHAIN');
      await client.query("INSERT INTO line VALUES ('b')");
      await client.query('ROLLBACK');
      client.release();
    });
    expect(await lines()).toBe('a');
  });
});
