import type { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import type { DataSource, Repository } from 'typeorm';
import { type RoutedPool, runInTransaction, TransactionOptionsError } from '../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';
import { Account, AuditEntry, AuditSubscriber, ledgerEntities, Posting } from './ledger.entities';
import { startCluster } from '../test-cluster';

class Rollback extends Error {}

describe('TypeORM in a transaction', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let dataSource: DataSource;
  let accounts: Repository<Account>;
  let owners = 0;

  const newOwner = () => `owner ${(owners += 1)}`;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster);
    dataSource = await new RoutedDataSource(
      routedDataSourceOptions(pool, {
        entities: ledgerEntities,
        subscribers: [AuditSubscriber],
        synchronize: true,
      }),
    ).initialize();
    accounts = dataSource.getRepository(Account);
    await pool.refreshCatalog();
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await pool.end();
    await cluster.stop();
  });

  /** What the primary holds, read outside any transaction. */
  async function ownersInDatabase(): Promise<string[]> {
    const { rows } = await cluster.primary.query('SELECT owner FROM account ORDER BY owner');
    return rows.map((row) => row['owner'] as string);
  }

  /** Each way to run statements: a write, and a read that must see the write. */
  const WAYS: Record<string, (owner: string) => Promise<unknown>> = {
    'an injected repository': async (owner) => {
      await accounts.insert({ owner });
      return accounts.findOneBy({ owner });
    },
    'save with its read-back': async (owner) => {
      const saved = await accounts.save({ owner, balance: 5 });
      saved.balance = 6;
      await accounts.save(saved);
      return accounts.findOneBy({ owner, balance: 6 });
    },
    'the manager': async (owner) => {
      await dataSource.manager.insert(Account, { owner });
      return dataSource.manager.findOneBy(Account, { owner });
    },
    'dataSource.query': async (owner) => {
      await dataSource.query('INSERT INTO account (owner) VALUES ($1)', [owner]);
      const rows: unknown[] = await dataSource.query('SELECT * FROM account WHERE owner = $1', [owner]);
      return rows[0];
    },
    'query builders': async (owner) => {
      await dataSource.createQueryBuilder().insert().into(Account).values({ owner }).execute();
      return accounts.createQueryBuilder('a').where('a.owner = :owner', { owner }).getOne();
    },
    upsert: async (owner) => {
      await accounts.upsert({ owner, balance: 1 }, ['owner']);
      await accounts.upsert({ owner, balance: 2 }, ['owner']);
      return accounts.findOneBy({ owner, balance: 2 });
    },
    'a custom repository': async (owner) => {
      const custom = accounts.extend({
        byOwner(name: string) {
          return this.findOneBy({ owner: name });
        },
      });
      await custom.save({ owner });
      return custom.byOwner(owner);
    },
    'cascades, lazy and eager relations': async (owner) => {
      const account = accounts.create({ owner, labels: [{ text: 'eager' }] });
      account.postings = Promise.resolve([Object.assign(new Posting(), { amount: 3 })]);
      await accounts.save(account);
      const found = await accounts.findOneByOrFail({ owner });
      expect(found.labels.map((label) => label.text)).toEqual(['eager']);
      return (await found.postings).find((posting) => posting.amount === 3);
    },
    'a subscriber': async (owner) => {
      await accounts.save({ owner });
      return dataSource.getRepository(AuditEntry).findOneBy({ what: `account of ${owner}` });
    },
    'manager.transaction': async (owner) => {
      await dataSource.transaction(async (manager) => {
        await manager.save(Account, { owner });
        // Not through the transaction's manager, but still inside the transaction.
        expect(await accounts.findOneBy({ owner })).not.toBeNull();
      });
      return accounts.findOneBy({ owner });
    },
    'a query runner': async (owner) => {
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.manager.insert(Account, { owner });
      await runner.commitTransaction();
      await runner.release();
      return accounts.findOneBy({ owner });
    },
    'a stream': async (owner) => {
      await accounts.insert({ owner });
      const stream = await accounts.createQueryBuilder('a').where('a.owner = :owner', { owner }).stream();
      const rows: unknown[] = [];
      for await (const row of stream) rows.push(row);
      return rows[0];
    },
    'a cursor': async (owner) => {
      await accounts.insert({ owner });
      const cursor = pool.query(
        new Cursor<{ owner: string }>('SELECT owner FROM account WHERE owner = $1', [owner]),
      );
      const [row] = await cursor.read(10);
      await cursor.close();
      return row;
    },
    'the raw pool': async (owner) => {
      await pool.query('INSERT INTO account (owner) VALUES ($1)', [owner]);
      return (await pool.query('SELECT * FROM account WHERE owner = $1', [owner])).rows[0];
    },
    'a raw client': async (owner) => {
      const client = await pool.connect();
      await client.query('INSERT INTO account (owner) VALUES ($1)', [owner]);
      const result = (await client.query('SELECT * FROM account WHERE owner = $1', [owner])) as {
        rows: unknown[];
      };
      client.release();
      return result.rows[0];
    },
  };

  it.each(Object.keys(WAYS))(
    '%s: sees its uncommitted write, on one connection; nobody else does',
    async (way) => {
      const owner = newOwner();
      const trace = new RouteTrace();
      const inTransaction = async () => {
        expect(await WAYS[way]!(owner)).toBeTruthy();
        // Through other ways as well: all of them use one connection.
        expect(await accounts.countBy({ owner })).toBe(1);
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

  it('reads outside of the transaction from a replica, which has not seen it', async () => {
    const owner = newOwner();
    await runInTransaction(async () => {
      await accounts.insert({ owner });
      const outside = await runInTransaction({ propagation: 'NOT_SUPPORTED' }, () =>
        accounts.findOneBy({ owner }),
      );
      expect(outside).toBeNull();
    });
    // While the replica is being judged again, a read may go to the primary, which is correct but not tested
    // here.
    await eventually('it is read from a replica', async () => {
      const trace = new RouteTrace();
      await trace.record(() => accounts.findOneBy({ owner }));
      return trace.entries[0]?.role === 'replica';
    });
  });

  it('a save that fails aborts its transaction, as any statement does; in a nested scope only that', async () => {
    const [taken, kept, lost] = [newOwner(), newOwner(), newOwner()];
    await accounts.insert({ owner: taken });
    const aborted = runInTransaction(async () => {
      await accounts.insert({ owner: lost });
      await expect(accounts.save({ owner: taken })).rejects.toMatchObject({ driverError: { code: '23505' } });
    });
    await expect(aborted).rejects.toMatchObject({
      code: 'TRANSACTION_ROLLED_BACK',
      cause: { code: '23505' },
    });
    await runInTransaction(async () => {
      await accounts.insert({ owner: kept });
      const nested = runInTransaction({ propagation: 'NESTED' }, () => accounts.save({ owner: taken }));
      await expect(nested).rejects.toMatchObject({ driverError: { code: '23505' } });
      await accounts.update({ owner: kept }, { balance: 1 });
    });
    const found = await ownersInDatabase();
    expect(found).toContain(kept);
    expect(found).not.toContain(lost);
  });

  it('nested transactions in parallel run one after another: one that fails takes only itself', async () => {
    const [taken, a, b, c] = [newOwner(), newOwner(), newOwner(), newOwner()];
    await accounts.insert({ owner: taken });
    const nested = (owner: string) => dataSource.transaction(() => accounts.save({ owner }));
    const settled = await runInTransaction(() =>
      Promise.allSettled([nested(a), nested(taken), accounts.insert({ owner: b }), nested(c)]),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await ownersInDatabase()).toEqual(expect.arrayContaining([a, b, c]));
  });

  it('a save outside of a transaction reads what it decides by on the primary', async () => {
    const owner = newOwner();
    const { id } = await accounts.save({ owner, balance: 1 });
    const [replica] = cluster.replicas;
    await replica!.pauseReplay();
    try {
      await accounts.update(id, { balance: 2 });
      // The replica still has 1, so a read from it would leave nothing to update.
      const trace = new RouteTrace();
      await trace.record(() => accounts.save({ id, balance: 1 }));
      expect(trace.entries.map((entry) => entry.role)).toEqual(['primary']);
    } finally {
      await replica!.resumeReplay();
    }
    const { rows } = await cluster.primary.query('SELECT balance FROM account WHERE id = $1', [id]);
    expect(rows[0]?.['balance']).toBe(1);
  });

  it('manager.transaction begins a real one outside, with its isolation, and rolls it back', async () => {
    const owner = newOwner();
    await expect(
      dataSource.transaction('REPEATABLE READ', async () => {
        await accounts.insert({ owner });
        const rows: { level: string }[] = await dataSource.query(
          "SELECT current_setting('transaction_isolation') AS level",
        );
        expect(rows[0]?.level).toBe('repeatable read');
        throw new Rollback();
      }),
    ).rejects.toThrow(Rollback);
    expect(await ownersInDatabase()).not.toContain(owner);
  });

  it('manager.transaction with another isolation than the open transaction is an error that says both', async () => {
    const work = runInTransaction({ name: 'outer' }, () =>
      dataSource.transaction('SERIALIZABLE', async () => undefined),
    );
    await expect(work).rejects.toThrow(TransactionOptionsError);
    await expect(work).rejects.toThrow(
      /isolation SERIALIZABLE, but the open transaction 'outer' has isolation READ COMMITTED/,
    );
  });

  it('a query runner that commits an aborted transaction is told that it was rolled back', async () => {
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(Account, { owner: newOwner() });
    await expect(runner.query('SELECT 1/0')).rejects.toThrow('division by zero');
    await expect(runner.commitTransaction()).rejects.toThrow(/answered COMMIT with ROLLBACK/);
    await runner.release();
  });

  it('a query runner that is released with its transaction open leaves nothing behind', async () => {
    const owner = newOwner();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(Account, { owner });
    await runner.release();
    await accounts.insert({ owner });
    expect((await ownersInDatabase()).filter((found) => found === owner)).toHaveLength(1);
  });
});
