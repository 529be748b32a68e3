import type { Characteristics } from '../engine/characteristics';

/**
 * One physical transaction on one connection, as this room needs it; pool/ provides it. Nothing is sent
 * before the first statement; savepoints travel with the statement that follows them.
 */
export interface TransactionConnection {
  savepoint(name: string): void;
  releaseSavepoint(name: string): void;
  /** Undoes what came after the savepoint, and the savepoint. */
  rollbackToSavepoint(name: string): void;
  /**
   * Resolves when the server has said COMMIT. Rejects with TransactionRolledBackError when it said ROLLBACK, with
   * CommitOutcomeUnknownError when the answer, or where in the WAL that is, was lost, with PostgreSQL's error when COMMIT itself failed.
   */
  commit(): Promise<void>;
  /** Never rejects: a connection on which ROLLBACK does not work is destroyed, which rolls back too. */
  rollback(): Promise<void>;
  /** Calls back once if the connection breaks before the transaction is over: it is rolled back then, whatever its function does. */
  onLost(callback: (error: Error) => void): void;
  /** Cancels what runs on the server and rolls it back, or destroys the connection; every statement left rejects with `error`. */
  abort(error: Error): void;
}

export type ConnectionFactory<S extends TransactionConnection> = (characteristics: Characteristics) => S;
