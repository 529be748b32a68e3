import Cursor from 'pg-cursor';
import { runInTransaction } from '../../../src';
import { RouteTrace } from '../../../src/routing/route-trace';
import { Account, AuditEntry, Posting } from './ledger.entities';
import { useLedger } from './ledger';

class Rollback extends Error {}

describe('each way to run statements with TypeORM in a transaction', () => {
  const ledger = useLedger();
  const { newOwner, ownersInDatabase } = ledger;

  /** A write, and a read that must see the write. */
  const WAYS: Record<string, (owner: string) => Promise<unknown>> = {
    'an injected repository': async (owner) => {
      await ledger.accounts.insert({ owner });
      return ledger.accounts.findOneBy({ owner });
    },
    'save with its read-back': async (owner) => {
      const saved = await ledger.accounts.save({ owner, balance: 5 });
      saved.balance = 6;
      await ledger.accounts.save(saved);
      return ledger.accounts.findOneBy({ owner, balance: 6 });
    },
    'the manager': async (owner) => {
      await ledger.dataSource.manager.insert(Account, { owner });
      return ledger.dataSource.manager.findOneBy(Account, { owner });
    },
    'dataSource.query': async (owner) => {
      await ledger.dataSource.query('INSERT INTO account (owner) VALUES ($1)', [owner]);
      const rows: unknown[] = await ledger.dataSource.query('SELECT * FROM account WHERE owner = $1', [
        owner,
      ]);
      return rows[0];
    },
    'query builders': async (owner) => {
      await ledger.dataSource.createQueryBuilder().insert().into(Account).values({ owner }).execute();
      return ledger.accounts.createQueryBuilder('a').where('a.owner = :owner', { owner }).getOne();
    },
    upsert: async (owner) => {
      await ledger.accounts.upsert({ owner, balance: 1 }, ['owner']);
      await ledger.accounts.upsert({ owner, balance: 2 }, ['owner']);
      return ledger.accounts.findOneBy({ owner, balance: 2 });
    },
    'a custom repository': async (owner) => {
      const custom = ledger.accounts.extend({
        byOwner(name: string) {
          return this.findOneBy({ owner: name });
        },
      });
      await custom.save({ owner });
      return custom.byOwner(owner);
    },
    'cascades, lazy and eager relations': async (owner) => {
      const account = ledger.accounts.create({ owner, labels: [{ text: 'eager' }] });
      account.postings = Promise.resolve([Object.assign(new Posting(), { amount: 3 })]);
      await ledger.accounts.save(account);
      const found = await ledger.accounts.findOneByOrFail({ owner });
      expect(found.labels.map((label) => label.text)).toEqual(['eager']);
      return (await found.postings).find((posting) => posting.amount === 3);
    },
    'a subscriber': async (owner) => {
      await ledger.accounts.save({ owner });
      return ledger.dataSource.getRepository(AuditEntry).findOneBy({ what: `account of ${owner}` });
    },
    'manager.transaction': async (owner) => {
      await ledger.dataSource.transaction(async (manager) => {
        await manager.save(Account, { owner });
        // Not through the transaction's manager, but still inside the transaction.
        expect(await ledger.accounts.findOneBy({ owner })).not.toBeNull();
      });
      return ledger.accounts.findOneBy({ owner });
    },
    'a query runner': async (owner) => {
      const runner = ledger.dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.insert(Account, { owner });
      await runner.commitTransaction();
      await runner.release();
      return ledger.accounts.findOneBy({ owner });
    },
    'a stream': async (owner) => {
      await ledger.accounts.insert({ owner });
      const stream = await ledger.accounts
        .createQueryBuilder('a')
        .where('a.owner = :owner', { owner })
        .stream();
      const rows: unknown[] = [];
      for await (const row of stream) rows.push(row);
      return rows[0];
    },
    'a cursor': async (owner) => {
      await ledger.accounts.insert({ owner });
      const cursor = ledger.pool.query(
        new Cursor<{ owner: string }>('SELECT owner FROM account WHERE owner = $1', [owner]),
      );
      const [row] = await cursor.read(10);
      await cursor.close();
      return row;
    },
    'the raw pool': async (owner) => {
      await ledger.pool.query('INSERT INTO account (owner) VALUES ($1)', [owner]);
      return (await ledger.pool.query('SELECT * FROM account WHERE owner = $1', [owner])).rows[0];
    },
    'a raw client': async (owner) => {
      const client = await ledger.pool.connect();
      await client.query('INSERT INTO account (owner) VALUES ($1)', [owner]);
      const result = (await client.query('SELECT * FROM account WHERE owner = $1', [owner])) as {
        rows: unknown[];
      };
      client.release();
      return result.rows[0];
    },
  };

  it.each(Object.keys(WAYS))(
    '%s: sees its uncommitted write, on one connection; no other connection does',
    async (way) => {
      const owner = newOwner();
      const trace = new RouteTrace();
      const inTransaction = async () => {
        expect(await WAYS[way]!(owner)).toBeTruthy();
        // Through other ways as well: all of them use one connection.
        expect(await ledger.accounts.countBy({ owner })).toBe(1);
        expect(await ownersInDatabase()).not.toContain(owner);
        throw new Rollback();
      };
      await expect(trace.record(() => runInTransaction(inTransaction))).rejects.toThrow(Rollback);
      expect(trace.entries.map((entry) => entry.role)).toEqual(['primary']);
      expect(await ownersInDatabase()).not.toContain(owner);
    },
  );

  it.each(Object.keys(WAYS))('%s: is committed with the transaction', async (way) => {
    const owner = newOwner();
    await runInTransaction(() => WAYS[way]!(owner));
    expect(await ownersInDatabase()).toContain(owner);
  });
});
