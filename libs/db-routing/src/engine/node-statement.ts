import type { LogPosition, ServerPosition } from './position';
import type { StatementResult } from './result';
import type { StatementKind } from './statement';

/** One autocommit statement for one node. `I` is what the driver takes, its text included. */
export interface NodeStatement<I = unknown> {
  readonly input: I;
  readonly values?: unknown[] | undefined;
  /** The answer must contain the log up to here; otherwise it is thrown away. */
  readonly atLeast?: LogPosition | undefined;
  /** The caller needs an upper bound of the position that the statement has seen. */
  readonly wantsPosition?: boolean;
  /**
   * The caller needs to know that a primary has answered. A lane asks for that once: as long as a connection
   * lasts, its primary remains one, on its timeline. An exclusive connection asks for the position.
   */
  readonly wantsPrimary?: boolean;
  /**
   * The caller needs to know which server has answered. A lane asks for that once: a connection keeps its
   * server. An exclusive connection asks for the position.
   */
  readonly wantsServer?: boolean;
}

/** A read that may run more than once: the server refuses it if it turns out to write. */
export interface NodeRead<I = unknown> extends NodeStatement<I> {
  /** When the read first asked any node, in milliseconds: its waiting time counts from then. */
  readonly sinceMs?: number | undefined;
  /** The read is not slow itself but waited behind a slow one, so it goes ahead of other waiting reads. */
  readonly isUrgent?: boolean;
}

/** A statement for an exclusive connection. */
export interface ExclusiveStatement<I = unknown> extends NodeStatement<I> {
  readonly isWrite: boolean;
  /** Undefined for a plain read. */
  readonly kind: StatementKind | undefined;
  /** A read: the server must refuse it if it turns out to write. */
  readonly isReadOnly?: boolean;
}

/** The answer of a node. */
export interface NodeAnswer {
  readonly result: StatementResult;
  /**
   * When the caller wanted it: the position asked on the same connection after the statement. Otherwise the
   * position that proved `atLeast`, or with which the server has said what it is, if any.
   */
  readonly position: ServerPosition | undefined;
  /**
   * The statement waited behind a slow read or for a connection, so its duration says nothing about the node.
   */
  readonly isDelayed?: boolean;
}

/** The answer on an exclusive connection. `isOpen`: the server reported an open transaction with it. */
export interface ExclusiveAnswer extends NodeAnswer {
  readonly isOpen?: boolean;
}

/** A read under way. */
export interface ReadTicket {
  /**
   * Rejects with the server's error, StalePositionError, ConnectionLostError, ConnectFailedError,
   * PoolExhaustedError or PoolEndedError.
   */
  readonly answer: Promise<NodeAnswer>;
  /**
   * Call this when the caller has given up: `answer` rejects with `why` at once, and the statement is
   * cancelled on the server unless it ends within moments.
   */
  cancel(why: Error): void;
}
