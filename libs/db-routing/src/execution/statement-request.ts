import type { Session } from '../consistency/session';
import type { ExclusiveConnection } from '../engine/node-connections';
import type { StatementKind } from '../engine/statement';

/** A statement on its way to one node after another. */
export interface Sending {
  /** When it was first given to any node, in milliseconds. */
  readonly sinceMs: number;
  /** Set when it is sent on an exclusive connection. */
  isSent: boolean;
}

/** One autocommit statement as the caller gave it. */
export interface StatementRequest {
  readonly text: string;
  /** The driver's input: a text or a query configuration. */
  readonly input: unknown;
  readonly values: unknown[] | undefined;
  readonly work: 'read' | 'write';
  readonly kind?: StatementKind | undefined;
  /** The session that the answer advances; undefined: none. */
  readonly session?: Session | undefined;
  /** The session that a read's answer advances if the statement turns out to write. */
  readonly sessionOfWrite?: Session | undefined;
  /** Whether the statement appears in the request's route trace. Default true. */
  readonly isTraced?: boolean;
  /**
   * Takes over the exclusive connection that the statement is about to run on. Default: the connection is
   * given back.
   */
  readonly keep?: ((connection: ExclusiveConnection) => void) | undefined;
  /** It changes the backend session in a way that no other borrower may find. */
  readonly changesBackendState?: boolean;
  /** See Statement. */
  readonly outlivesDiscard?: boolean | undefined;
  /** Whether a transaction is open afterwards is known only from the server's answer. */
  readonly mayOpenTransaction?: boolean;
  /** It may commit part of what it does and fail afterwards. */
  readonly mayCommitAndFail?: boolean;
}
