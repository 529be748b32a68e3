import Cursor from 'pg-cursor';
import { runInTransaction, TransactionControlError, TransactionRolledBackError } from '../../src';
import { useLines } from './lines';

describe('a transaction that a client begins by hand', () => {
  const table = useLines();
  const { lines, write } = table;

  it.each([
    ['a client without a connection', []],
    ['a client that holds one', ["SET my.tenant = 'acme'"]],
  ])('holds all that is sent after BEGIN, awaited or not: %s', async (_, before) => {
    const client = await table.pool.connect();
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
    const client = await table.pool.connect();
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
      const client = await table.pool.connect();
      await client.query('BEGIN');
      await client.query("INSERT INTO line VALUES ('a')");
      await client.query('COMMIT AND CHAIN');
      await client.query("INSERT INTO line VALUES ('b')");
      await client.query('ROLLBACK');
      client.release();
    });
    expect(await lines()).toBe('a');
  });

  describe('inside a managed transaction', () => {
    it('COMMIT is refused', async () => {
      const work = runInTransaction({ name: 'managed' }, async () => {
        await write('a');
        await table.pool.query('COMMIT');
      });
      await expect(work).rejects.toThrow(TransactionControlError);
      await expect(work).rejects.toThrow("COMMIT inside the transaction 'managed'");
      expect(await lines()).toBe('');
    });

    it.each([
      "INSERT INTO line VALUES ('b'); COMMIT",
      'ROLLBACK; SELECT 1',
      "BEGIN; INSERT INTO line VALUES ('b'); COMMIT",
      "PREPARE TRANSACTION 'theirs'",
    ])('nor is it ended by a text of several statements, or handed over: %s', async (text) => {
      const work = runInTransaction({ name: 'managed' }, async () => {
        await write('a');
        await expect(table.pool.query(text)).rejects.toThrow(TransactionControlError);
        await expect(table.pool.query(new Cursor(text)).read(1)).rejects.toThrow(TransactionControlError);
        await write('c');
        throw new Error('undo');
      });
      await expect(work).rejects.toThrow('undo');
      expect(await lines()).toBe('');
    });

    it('clients that begin by hand and overlap are refused, and nothing is committed', async () => {
      const work = runInTransaction({ name: 'managed' }, async () => {
        const [one, two] = [await table.pool.connect(), await table.pool.connect()];
        await one.query('BEGIN');
        await two.query('BEGIN');
        await one.query("INSERT INTO line VALUES ('one')");
        await expect(one.query('COMMIT')).rejects.toThrow('two clients began by hand and overlap');
        one.release();
        two.release();
      });
      await expect(work).rejects.toThrow(TransactionRolledBackError);
      expect(await lines()).toBe('');
    });

    it('savepoints by name are those of the transaction', async () => {
      await runInTransaction(async () => {
        await write('a');
        await table.pool.query('SAVEPOINT "by Hand"');
        await write('b');
        await table.pool.query('ROLLBACK TO SAVEPOINT "by Hand"');
        await write('c');
        await table.pool.query('RELEASE SAVEPOINT "by Hand"');
      });
      expect(await lines()).toBe('a c');
    });
  });
});
