import type { Characteristics } from '../engine/characteristics';

/**
 * One physical transaction on one connection, as the transaction code needs it; postgres/pool provides it.
 * Nothing is sent before the first statement; a savepoint is sent with the statement that follows it.
 */
export interface TransactionConnection {
  savepoint(name: string): void;
  releaseSavepoint(name: string): void;
  /** Undoes everything since the savepoint, and removes the savepoint. */
  rollbackToSavepoint(name: string): void;
  /**
   * Resolves when the server has confirmed COMMIT. Rejects with TransactionRolledBackError when the server
   * answered ROLLBACK, with CommitOutcomeUnknownError when the answer or the position of the commit was lost,
   * and with PostgreSQL's error when COMMIT itself failed.
   */
  commit(): Promise<void>;
  /** Never rejects: a connection on which ROLLBACK fails is destroyed, which rolls back too. */
  rollback(): Promise<void>;
  /**
   * Calls back once if the connection breaks before the transaction is over, or if the transaction has to run
   * again. The transaction is then rolled back, even if its function returns normally.
   */
  onLost(callback: (error: Error) => void): void;
  /**
   * Cancels the running statement on the server and rolls back, or destroys the connection; every remaining
   * statement rejects with `error`.
   */
  abort(error: Error): void;
}

/** One run of a transaction's function. */
export interface TransactionRun {
  /**
   * Whether the function runs again if this run fails with an error that EngineErrors.isRetryable() accepts.
   * True at most for the first run.
   */
  readonly isRepeatable: boolean;
}

export type ConnectionFactory<S extends TransactionConnection> = (
  characteristics: Characteristics,
  run: TransactionRun,
) => S;
