import { TransactionPropagationError } from 'db-routing';
import { transactionOutcome } from '../../consistency/load/outcome';
import type { TransactionOptions } from '../../../libs/db-routing/src/transaction/options';
import type { Prng } from '../time/prng';
import * as sql from '../world/sql';
import type { Row } from '../world/statement';
import type { Caller, Ended, Findings } from './caller';
import { RequestLimits } from '../library';
import { HookLog } from '../checks/hook-log';
import { otherThan, someKeys } from './keys';
import { pauseOf } from './reads';
import type { Service } from './service';
import { NEVER_COMMITS, type Shape, SHAPES } from './transaction-shapes';
import { alone, asWritten, inTransaction, rowsOf, timelineOf } from './statements';
import { Undone } from './writes';

/** A managed transaction, in one of many shapes. */
export async function transaction(caller: Caller, service: Service, prng: Prng): Promise<Ended> {
  const shape = prng.choose(SHAPES);
  const keys = someKeys(prng);
  const isRepeatable = prng.chance(0.2);
  const options: TransactionOptions = {
    ...(isRepeatable && { isolation: 'REPEATABLE READ' }),
    ...(prng.chance(0.3) && { retry: { attempts: 3, baseDelayMs: 5, maxDelayMs: 50 } }),
    ...(shape === 'timeout' && { timeoutMs: 60 }),
  };
  const operation = { op: 'transaction', writes: keys.map((key) => ({ key })) } as const;
  const run = new TransactionRun(caller, service, prng, keys, shape);
  const ended = await caller.perform(service, operation, transactionOutcome, (id) =>
    service.parts.transactions.run({ ...options, name: id }, () => run.work(id)),
  );
  run.judge(ended);
  return ended;
}

class TransactionRun {
  readonly #hooks = new HookLog();
  #id = '';
  #isLate = false; // Its request was over before the transaction wanted to commit.

  constructor(
    private readonly caller: Caller,
    private readonly service: Service,
    private readonly prng: Prng,
    private readonly keys: readonly string[],
    private readonly shape: Shape,
  ) {}

  /** A transaction that must not commit has not, and its hooks have run as it ended. */
  judge({ outcome }: Ended): void {
    const { oracle } = this.service.world;
    this.#hooks.judge(this.#id, outcome, oracle);
    if (outcome === 'ok' && this.#isLate) {
      oracle.found('requests-end-with-their-limit', `${this.#id} committed although its request was over`);
    }
    if (outcome === 'ok' && NEVER_COMMITS.has(this.shape)) {
      oracle.found('transactions-that-fail', `${this.#id} (${this.shape}) has committed`);
    }
  }

  async work(id: string): Promise<Findings> {
    this.#id = id;
    this.#isLate = false;
    const unwatch = RequestLimits.current()?.watch(() => (this.#isLate = true));
    const { service, prng, keys } = this;
    const groups = prng.chance(0.5) ? [keys] : keys.map((key) => [key]);
    const rows: Row[] = [];
    let timeline: number | undefined;
    for (const group of groups) {
      const result = await service.query(sql.WRITE, inTransaction(id, group));
      rows.push(...rowsOf(result));
      timeline = timelineOf(result);
    }
    await this.#seesItself(id);
    const more = await this.#besides(id);
    unwatch?.();
    return { written: [...rows, ...(more?.written ?? [])], timeline };
  }

  /** A transaction sees what it has written. */
  async #seesItself(id: string): Promise<void> {
    const { service, keys } = this;
    if (!this.prng.chance(0.3)) return;
    const seen = await service.query(sql.READ, inTransaction(id, keys));
    for (const { key, writer } of rowsOf(seen)) {
      if (writer === id) continue;
      service.world.oracle.found('statement-in-its-transaction', `${id} did not see its own ${key}`);
    }
  }

  async #besides(id: string): Promise<Findings | undefined> {
    const { service, prng } = this;
    const { transactions } = service.parts;
    const other = otherThan(this.keys, prng);
    switch (this.shape) {
      case 'joined':
        return transactions.run({}, async () => asWritten(await this.#write(id, other)));
      case 'nested':
        return transactions.run({ propagation: 'NESTED' }, async () =>
          asWritten(await this.#write(id, other)),
        );
      case 'nested-undone':
        await this.#undone(id, other);
        return undefined;
      case 'requires-new':
        await this.#inItsOwn(other);
        return undefined;
      case 'not-supported':
        await transactions.run({ propagation: 'NOT_SUPPORTED' }, () =>
          service.query(sql.READ, alone(id, this.keys)),
        );
        return undefined;
      case 'never':
        await this.#refused(id);
        return undefined;
      case 'supports':
        await transactions.run({ propagation: 'SUPPORTS' }, () =>
          service.query(sql.READ, inTransaction(id, this.keys)),
        );
        return undefined;
      case 'outlived':
        void this.#outlive(id);
        return undefined;
      case 'rollback':
        throw new Undone('rolled back on purpose');
      case 'timeout':
        await pauseOf(service, 300);
        return undefined;
      case 'hooks':
        this.#followHooks();
        return undefined;
      case 'nested-hooks':
        return transactions.run({ propagation: 'NESTED' }, async () => {
          this.#followHooks();
          return asWritten(await this.#write(id, other));
        });
      case 'veto':
        transactions.currentScope?.beforeCommit(() => Promise.reject(new Undone('vetoed')));
        return undefined;
      case 'joined-undone':
        await this.#joinedUndone(id, other);
        return undefined;
      case 'swallowed':
        await service.query(sql.FAILING, inTransaction(id, [])).catch(() => undefined);
        return undefined;
      case 'mandatory':
        return transactions.run({ propagation: 'MANDATORY' }, async () =>
          asWritten(await this.#write(id, other)),
        );
      case 'side-by-side':
        return this.#sideBySide(id, other);
      case 'hook-fails':
        this.#followHooks();
        transactions.currentScope?.afterCompletion(() => Promise.reject(new Undone('a hook fails')));
        return undefined;
      case 'idle':
        await pauseOf(service, prng.between(50, 2_900));
        return undefined;
      default:
        return undefined;
    }
  }

  #write(id: string, key: string) {
    return this.service.query(sql.WRITE, inTransaction(id, [key]));
  }

  /** A nested scope that fails: what it wrote is undone, and the rest is not. */
  async #undone(id: string, key: string): Promise<void> {
    const { transactions } = this.service.parts;
    try {
      await transactions.run({ propagation: 'NESTED' }, async () => {
        await this.service.query(sql.WRITE, [
          [key],
          `${id}/undone`,
          undefined,
          { id, isInTransaction: true },
        ]);
        throw new Undone('the nested scope gives up');
      });
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
    }
  }

  /** Two nested scopes and a statement at once take turns. */
  async #sideBySide(id: string, key: string): Promise<Findings> {
    const { transactions } = this.service.parts;
    const [undone, kept, read] = await Promise.allSettled([
      this.#undone(id, key),
      transactions.run({ propagation: 'NESTED' }, async () => asWritten(await this.#write(id, key))),
      this.service.query(sql.READ, inTransaction(id, this.keys)),
    ]);
    for (const each of [undone, read]) if (each.status === 'rejected') throw each.reason;
    if (kept.status === 'rejected') throw kept.reason;
    return kept.value;
  }

  #followHooks(): void {
    const scope = this.service.parts.transactions.currentScope;
    if (scope) this.#hooks.follow(scope);
  }

  /** A joined scope that fails: although its error is caught, nothing of the transaction may be kept. */
  async #joinedUndone(id: string, key: string): Promise<void> {
    const joined = this.service.parts.transactions.run({}, async () => {
      await this.#write(id, key);
      throw new Undone('the joined scope gives up');
    });
    await joined.catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  }

  /** A transaction of its own on another connection, with an outcome of its own. */
  async #inItsOwn(key: string): Promise<void> {
    const { caller, service } = this;
    const operation = { op: 'transaction', writes: [{ key }] } as const;
    await caller.perform(service, operation, transactionOutcome, (id) =>
      service.parts.transactions.run({ propagation: 'REQUIRES_NEW', name: id }, async () =>
        asWritten(await this.#write(id, key)),
      ),
    );
  }

  async #refused(id: string): Promise<void> {
    const { service } = this;
    try {
      await service.parts.transactions.run({ propagation: 'NEVER' }, () =>
        service.query(sql.READ, alone(id, this.keys)),
      );
      service.world.oracle.found('propagation', `${id}: NEVER ran in a transaction`);
    } catch (error) {
      if (!(error instanceof TransactionPropagationError)) throw error;
    }
  }

  /** Work that goes on after the end of its transaction must get an error. */
  async #outlive(id: string): Promise<void> {
    const { service } = this;
    await pauseOf(service, 4_000);
    try {
      await service.query(sql.READ, inTransaction(id, this.keys));
      const what = `${id} ran a statement after its transaction`;
      service.world.oracle.found('statement-in-its-transaction', what);
    } catch {
      // The transaction is over, or its request is.
    }
  }
}
