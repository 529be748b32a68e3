import type { QueryResult } from 'pg';
import { CommitOutcomeUnknownError, ConnectionLostError } from '../../../errors';
import type { AnyResult } from '../../protocol/query-types';
import type { TransactionFailure } from './transaction-failure';

/** The answer to the COMMIT of one transaction. */
export interface CommitAnswer {
  /** Name of the transaction. */
  readonly transaction: string;
  /** Undefined if the server was never asked. */
  readonly settled: PromiseSettledResult<AnyResult> | undefined;
  /** The first failure of a statement in the transaction. */
  readonly failure: TransactionFailure;
  /** Why the transaction was aborted while COMMIT was on its way, if it was. */
  readonly aborted: Error | undefined;
}

/**
 * The error to reject a COMMIT with; undefined if the transaction is committed. The server reports no error
 * when it rolls back an aborted transaction at COMMIT: only the command tag says so, ROLLBACK instead of
 * COMMIT.
 */
export function commitError({ transaction, settled, failure, aborted }: CommitAnswer): Error | undefined {
  if (settled?.status !== 'fulfilled') {
    const cause: unknown = aborted ?? settled?.reason;
    const isLost = aborted !== undefined || cause instanceof ConnectionLostError;
    // With any other error the server says that it has not committed: a deferred constraint, a serialization
    // failure.
    return cause instanceof Error && !isLost
      ? cause
      : new CommitOutcomeUnknownError(transaction, 'answer', { cause });
  }
  const { command } = settled.value as QueryResult;
  return command === 'COMMIT' ? undefined : failure.atCommit(transaction, command);
}
