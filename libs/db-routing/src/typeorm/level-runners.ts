import type { Level } from '../transaction/level';
import type { Scope } from '../transaction/scope';
import type { TransactionSession } from '../transaction/session';
import type { RoutedQueryRunner } from './routed-query-runner';

interface Leader {
  readonly runner: RoutedQueryRunner;
  isTold: boolean;
}

/**
 * TypeORM runs a transaction by one query runner, which its subscribers know it by. A managed transaction is used by as many
 * as there are repositories; for each of its levels one of them leads, and is the one that subscribers see.
 */
export class LevelRunners {
  readonly #leaders = new WeakMap<Level, Leader>();

  constructor(private readonly makeRunner: () => RoutedQueryRunner) {}

  /** A query runner was made inside a managed transaction. */
  join(runner: RoutedQueryRunner, { level }: Scope<TransactionSession>): void {
    if (level.outcome !== undefined) return;
    if (level.isImplicit && !this.#leaders.has(level)) {
      // TypeORM itself asked for this level: the first runner is the one that it begins and ends it by.
      this.#leaders.set(level, { runner, isTold: true });
      runner.standFor(level, true);
    } else {
      runner.follow(this.#leaderOf(level).runner);
    }
  }

  /** Tells subscribers, once, that a transaction has begun; later that it ends, and how. */
  tellBegun({ level }: Scope<TransactionSession>): Promise<void> | undefined {
    if (level.outcome !== undefined) return undefined;
    const leader = this.#leaderOf(level);
    return leader.isTold ? undefined : this.#tell(leader, level);
  }

  async #tell(leader: Leader, level: Level): Promise<void> {
    leader.isTold = true;
    const { broadcaster } = leader.runner;
    try {
      await broadcaster.broadcast('BeforeTransactionStart');
    } catch (error) {
      leader.isTold = false;
      throw error;
    }
    const { hooks } = level;
    hooks.add('beforeCommit', () => broadcaster.broadcast('BeforeTransactionCommit'));
    hooks.add('afterCommit', () => broadcaster.broadcast('AfterTransactionCommit'));
    hooks.add('beforeUndo', () => broadcaster.broadcast('BeforeTransactionRollback'));
    hooks.add('afterUndo', () => broadcaster.broadcast('AfterTransactionRollback'));
    await broadcaster.broadcast('AfterTransactionStart');
  }

  #leaderOf(level: Level): Leader {
    let leader = this.#leaders.get(level);
    if (!leader) {
      leader = { runner: this.makeRunner(), isTold: false };
      this.#leaders.set(level, leader);
      leader.runner.standFor(level, false);
      // No caller has it to release it: from now on it is there for as long as its level.
      void leader.runner.release();
    }
    return leader;
  }
}
