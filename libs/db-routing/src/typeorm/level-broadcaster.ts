import type { QueryRunner } from 'typeorm';
import { Broadcaster } from 'typeorm/subscriber/Broadcaster.js';
import { BroadcasterResult } from 'typeorm/subscriber/BroadcasterResult.js';
import type { Level } from '../transaction/level';

/**
 * Tells subscribers of a transaction that is a level of a managed one. TypeORM believes that it is over when its own COMMIT was answered;
 * subscribers hear of it when the level has really been committed, or undone.
 */
export class LevelBroadcaster extends Broadcaster {
  constructor(
    queryRunner: QueryRunner,
    private readonly level: Level,
    /** Whether its ROLLBACK is the level's, and still to come. */
    private readonly isLevelsOwn: boolean,
    /** Something is still to be told. */
    private readonly onDeferred: () => void = () => undefined,
  ) {
    super(queryRunner);
  }

  override broadcastAfterTransactionCommitEvent(): void {
    const { hooks } = this.level;
    hooks.add('afterCommit', () => told((result) => super.broadcastAfterTransactionCommitEvent(result)));
    hooks.add('afterUndo', () => this.#rolledBack());
    this.onDeferred();
  }

  override broadcastAfterTransactionRollbackEvent(result: BroadcasterResult): void {
    if (this.isLevelsOwn) this.level.hooks.add('afterUndo', () => this.#rolledBack());
    else super.broadcastAfterTransactionRollbackEvent(result);
  }

  #rolledBack(): Promise<unknown> {
    return told((result) => super.broadcastAfterTransactionRollbackEvent(result));
  }
}

/** Resolves when all subscribers have done what they do about it. */
function told(broadcast: (result: BroadcasterResult) => void): Promise<unknown> {
  const result = new BroadcasterResult();
  broadcast(result);
  return result.wait();
}
