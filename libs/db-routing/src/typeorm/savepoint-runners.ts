import type { SavepointScope } from '../transaction/savepoint-scope';
import type { Scope } from '../transaction/scope';
import type { TransactionConnection } from '../transaction/transaction-connection';
import type { RoutedQueryRunner } from './routed-query-runner';

interface Leader {
  readonly runner: RoutedQueryRunner;
  isTold: boolean;
}

/**
 * TypeORM runs a transaction by one query runner, which its subscribers know it by. A managed transaction is used by as many
 * as there are repositories; for each of its savepoint scopes one of them leads, and is the one that subscribers see.
 */
export class SavepointRunners {
  readonly #leaders = new WeakMap<SavepointScope, Leader>();

  constructor(private readonly makeRunner: () => RoutedQueryRunner) {}

  /** A query runner was made inside a managed transaction. */
  join(runner: RoutedQueryRunner, { savepointScope }: Scope<TransactionConnection>): void {
    if (savepointScope.outcome !== undefined) return;
    if (savepointScope.isImplicit && !this.#leaders.has(savepointScope)) {
      // TypeORM itself asked for this savepoint scope: the first runner is the one that it begins and ends it by.
      this.#leaders.set(savepointScope, { runner, isTold: true });
      runner.standFor(savepointScope, true);
    } else {
      runner.follow(this.#leaderOf(savepointScope).runner);
    }
  }

  /** Tells subscribers, once, that a transaction has begun; later that it ends, and how. */
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
      // No caller has it to release it: from now on it is there for as long as its savepoint scope.
      void leader.runner.release();
    }
    return leader;
  }
}
