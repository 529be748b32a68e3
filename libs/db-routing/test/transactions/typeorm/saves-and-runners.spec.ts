import { runInTransaction, TransactionOptionsError } from '../../../src';
import { RouteTrace } from '../../../src/routing/route-trace';
import { eventually } from '../../support';
import { Account } from './ledger.entities';
import { useLedger } from './ledger';

class Rollback extends Error {}

describe('TypeORM in a transaction', () => {
  const ledger = useLedger();
  const { newOwner, ownersInDatabase } = ledger;

  it('reads outside of the transaction from a replica, which has not seen it', async () => {
    const owner = newOwner();
    await runInTransaction(async () => {
      await ledger.accounts.insert({ owner });
      const outside = await runInTransaction({ propagation: 'NOT_SUPPORTED' }, () =>
        ledger.accounts.findOneBy({ owner }),
      );
      expect(outside).toBeNull();
    });
    // While the replica is being judged again, a read may go to the primary, which is correct but not tested
    // here.
    await eventually('it is read from a replica', async () => {
      const trace = new RouteTrace();
      await trace.record(() => ledger.accounts.findOneBy({ owner }));
      return trace.entries[0]?.role === 'replica';
    });
  });

  it('a save that fails aborts its transaction, as any statement does; in a nested scope only that', async () => {
    const [taken, kept, lost] = [newOwner(), newOwner(), newOwner()];
    await ledger.accounts.insert({ owner: taken });
    const aborted = runInTransaction(async () => {
      await ledger.accounts.insert({ owner: lost });
      await expect(ledger.accounts.save({ owner: taken })).rejects.toMatchObject({
        driverError: { code: '23505' },
      });
    });
    await expect(aborted).rejects.toMatchObject({
      code: 'TRANSACTION_ROLLED_BACK',
      cause: { code: '23505' },
    });
    await runInTransaction(async () => {
      await ledger.accounts.insert({ owner: kept });
      const nested = runInTransaction({ propagation: 'NESTED' }, () =>
        ledger.accounts.save({ owner: taken }),
      );
      await expect(nested).rejects.toMatchObject({ driverError: { code: '23505' } });
      await ledger.accounts.update({ owner: kept }, { balance: 1 });
    });
    const found = await ownersInDatabase();
    expect(found).toContain(kept);
    expect(found).not.toContain(lost);
  });

  it('nested transactions in parallel run one after another: one that fails takes only itself', async () => {
    const [taken, a, b, c] = [newOwner(), newOwner(), newOwner(), newOwner()];
    await ledger.accounts.insert({ owner: taken });
    const nested = (owner: string) => ledger.dataSource.transaction(() => ledger.accounts.save({ owner }));
    const settled = await runInTransaction(() =>
      Promise.allSettled([nested(a), nested(taken), ledger.accounts.insert({ owner: b }), nested(c)]),
    );
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(await ownersInDatabase()).toEqual(expect.arrayContaining([a, b, c]));
  });

  it('a save outside of a transaction reads what it decides by on the primary', async () => {
    const owner = newOwner();
    const { id } = await ledger.accounts.save({ owner, balance: 1 });
    const [replica] = ledger.cluster.replicas;
    await replica!.pauseReplay();
    try {
      await ledger.accounts.update(id, { balance: 2 });
      // The replica still has 1, so a read from it would leave nothing to update.
      const trace = new RouteTrace();
      await trace.record(() => ledger.accounts.save({ id, balance: 1 }));
      expect(trace.entries.map((entry) => entry.role)).toEqual(['primary']);
    } finally {
      await replica!.resumeReplay();
    }
    const { rows } = await ledger.cluster.primary.query('SELECT balance FROM account WHERE id = $1', [id]);
    expect(rows[0]?.['balance']).toBe(1);
  });

  it('manager.transaction begins a real one outside, with its isolation, and rolls it back', async () => {
    const owner = newOwner();
    await expect(
      ledger.dataSource.transaction('REPEATABLE READ', async () => {
        await ledger.accounts.insert({ owner });
        const rows: { level: string }[] = await ledger.dataSource.query(
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
      ledger.dataSource.transaction('SERIALIZABLE', async () => undefined),
    );
    await expect(work).rejects.toThrow(TransactionOptionsError);
    await expect(work).rejects.toThrow(
      /isolation SERIALIZABLE, but the open transaction 'outer' has isolation READ COMMITTED/,
    );
  });

  it('a query runner that commits an aborted transaction is told that it was rolled back', async () => {
    const runner = ledger.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(Account, { owner: newOwner() });
    await expect(runner.query('SELECT 1/0')).rejects.toThrow('division by zero');
    await expect(runner.commitTransaction()).rejects.toThrow(/answered COMMIT with ROLLBACK/);
    await runner.release();
  });

  it('a query runner that is released with its transaction open leaves nothing behind', async () => {
    const owner = newOwner();
    const runner = ledger.dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.manager.insert(Account, { owner });
    await runner.release();
    await ledger.accounts.insert({ owner });
    expect((await ownersInDatabase()).filter((found) => found === owner)).toHaveLength(1);
  });
});
