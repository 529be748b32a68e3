import type { LogPosition, ServerPosition } from './position';
import type { StatementResult } from './result';
import type { StatementKind } from './statement';

/** One autocommit statement for one node. `I`: what the driver takes, its text included. */
export interface NodeStatement<I = unknown> {
  readonly input: I;
  readonly values?: unknown[] | undefined;
  /** The answer must contain the log up to here; else it is thrown away. */
  readonly atLeast?: LogPosition | undefined;
  /** The caller wants to know an upper bound of what the statement has seen. */
  readonly wantsPosition?: boolean;
}

/** A read that may run more than once. */
export interface NodeRead<I = unknown> extends NodeStatement<I> {
  /** When it was asked first, on any node: its waiting time counts from then. */
  readonly sinceMs?: number | undefined;
  /** It is not slow itself, but stood behind one that is: it need not stand behind others. */
  readonly isUrgent?: boolean;
}

/** A statement for a connection that it has to itself. */
export interface ExclusiveStatement<I = unknown> extends NodeStatement<I> {
  readonly isWrite: boolean;
  /** Undefined for a plain read. */
  readonly kind: StatementKind | undefined;
  /** The server itself must refuse it if it turns out to write. */
  readonly isReadOnly?: boolean;
}

/** What a node has answered. */
export interface NodeAnswer {
  readonly result: StatementResult;
  /** Asked on the same connection after the statement, when it was wanted; else what has proven `atLeast`, if that was asked for. */
  readonly position: ServerPosition | undefined;
  /** It stood behind a slow read, or waited for a connection: how long it took says nothing about its node. */
  readonly isDelayed?: boolean;
}

/** A read on its way. */
export interface ReadTicket {
  /** Rejects with the server's error, StalePositionError, ConnectionLostError, ConnectFailedError, PoolExhaustedError or PoolEndedError. */
  readonly answer: Promise<NodeAnswer>;
  /** The caller has given up: `answer` rejects with `why` at once, and the statement is cancelled on the server unless it ends by itself within moments. */
  cancel(why: Error): void;
}
