import type { QueryRunner } from 'typeorm';
import { Broadcaster } from 'typeorm/subscriber/Broadcaster.js';
import { BroadcasterResult } from 'typeorm/subscriber/BroadcasterResult.js';
import type { SavepointScope } from '../transaction/savepoint-scope';

/**
 * Notifies subscribers of a transaction that is a savepoint scope of a managed one. TypeORM treats its
 * own COMMIT as the end; subscribers hear of the end when the savepoint scope is really committed or undone.
 */
export class SavepointBroadcaster extends Broadcaster {
  constructor(
    queryRunner: QueryRunner,
    private readonly savepointScope: SavepointScope,
    /** Whether its ROLLBACK is that of the savepoint scope, and still to come. */
    private readonly isScopesOwn: boolean,
    /** Called when a notification is deferred until the savepoint scope has ended. */
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

/** Resolves when all subscribers have handled the event. */
function told(broadcast: (result: BroadcasterResult) => void): Promise<unknown> {
  const result = new BroadcasterResult();
  broadcast(result);
  return result.wait();
}
