import type { QueryRunner } from 'typeorm';
import { Broadcaster } from 'typeorm/subscriber/Broadcaster.js';
import { BroadcasterResult } from 'typeorm/subscriber/BroadcasterResult.js';
import type { SavepointScope } from '../transaction/savepoint-scope';

/**
 * Tells subscribers of a transaction that is a savepoint scope of a managed one. TypeORM believes that it is over when its own COMMIT was answered;
 * subscribers hear of it when the savepoint scope has really been committed, or undone.
 */
export class SavepointBroadcaster extends Broadcaster {
  constructor(
    queryRunner: QueryRunner,
    private readonly savepointScope: SavepointScope,
    /** Whether its ROLLBACK is the savepoint scope's, and still to come. */
    private readonly isScopesOwn: boolean,
    /** Something is still to be told. */
    private readonly onDeferred: () => void = () => undefined,
  ) {
    super(queryRunner);
  }

  override broadcastAfterTransactionCommitEvent(): void {
    const { hooks } = this.savepointScope;
    hooks.add('afterCommit', () => told((result) => super.broadcastAfterTransactionCommitEvent(result)));
    hooks.add('afterUndo', () => this.#rolledBack());
    this.onDeferred();
  }

  override broadcastAfterTransactionRollbackEvent(result: BroadcasterResult): void {
    if (this.isScopesOwn) this.savepointScope.hooks.add('afterUndo', () => this.#rolledBack());
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
