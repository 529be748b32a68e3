import type { SavepointScope } from '../transaction/savepoint-scope';
import type { Scope } from '../transaction/scope';
import type { TransactionConnection } from '../transaction/transaction-connection';
import type { RoutedQueryRunner } from './routed-query-runner';

interface Leader {
  readonly runner: RoutedQueryRunner;
  isTold: boolean;
}

/**
 * Chooses the query runner that subscribers see. TypeORM runs a transaction on one query runner, by which its
 * subscribers know it. A managed transaction uses as many runners as there are repositories, so one of them
 * leads in each of its savepoint scopes.
 */
export class SavepointRunners {
  readonly #leaders = new WeakMap<SavepointScope, Leader>();

  constructor(private readonly makeRunner: () => RoutedQueryRunner) {}

  /** Adds a query runner that was made inside a managed transaction. */
  join(runner: RoutedQueryRunner, { savepointScope }: Scope<TransactionConnection>): void {
    if (savepointScope.outcome !== undefined) return;
    if (savepointScope.isImplicit && !this.#leaders.has(savepointScope)) {
      // TypeORM itself opened this savepoint scope: it begins and ends it on the first runner.
      this.#leaders.set(savepointScope, { runner, isTold: true });
      runner.standFor(savepointScope, true);
    } else {
      runner.follow(this.#leaderOf(savepointScope).runner);
    }
  }

  /**
   * Tells subscribers, once, that a transaction has begun, and later that it ends, and how. Undefined when
   * they know already.
   */
  tellBegun({ savepointScope }: Scope<TransactionConnection>): Promise<void> | undefined {
    if (savepointScope.outcome !== undefined) return undefined;
    const leader = this.#leaderOf(savepointScope);
    return leader.isTold ? undefined : this.#tell(leader, savepointScope);
  }

  async #tell(leader: Leader, savepointScope: SavepointScope): Promise<void> {
    leader.isTold = true;
    const { broadcaster } = leader.runner;
    try {
      await broadcaster.broadcast('BeforeTransactionStart');
    } catch (error) {
      leader.isTold = false;
      throw error;
    }
    const { hooks } = savepointScope;
    hooks.add('beforeCommit', () => broadcaster.broadcast('BeforeTransactionCommit'));
    hooks.add('afterCommit', () => broadcaster.broadcast('AfterTransactionCommit'));
    hooks.add('beforeUndo', () => broadcaster.broadcast('BeforeTransactionRollback'));
    hooks.add('afterUndo', () => broadcaster.broadcast('AfterTransactionRollback'));
    await broadcaster.broadcast('AfterTransactionStart');
  }

  #leaderOf(savepointScope: SavepointScope): Leader {
    let leader = this.#leaders.get(savepointScope);
    if (!leader) {
      leader = { runner: this.makeRunner(), isTold: false };
      this.#leaders.set(savepointScope, leader);
      leader.runner.standFor(savepointScope, false);
      // No caller holds this runner to release it; released here, it lives until its savepoint scope has
      // ended.
      void leader.runner.release();
    }
    return leader;
  }
}
