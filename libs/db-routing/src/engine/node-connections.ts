import type { NodeAddress } from './node-address';
import type { ExclusiveStatement, NodeAnswer, NodeRead, ReadTicket } from './node-statement';
import type { ServerPosition } from './position';

/** An exclusive connection: from acquire() to its release it belongs to one borrower. */
export interface ExclusiveConnection {
  readonly node: NodeAddress;
  /** As of the server's last answer. */
  readonly isInTransaction: boolean;
  /** How far the server's data reaches; undefined when the server cannot say. */
  position(): Promise<ServerPosition | undefined>;
  /** Marks the connection as carrying state that the next borrower must not inherit. */
  markBackendState(use: { readonly outlivesDiscard?: boolean | undefined }): void;
  /** Marks the connection as not to be used again. */
  markUnusable(): void;
  /** Cancels the statement that runs on this connection, on the server. */
  cancel(): Promise<void>;
  /**
   * Cancels the running statement and calls `onStopped` when the server has answered; if the server does not
   * stop it in time, the connection is closed.
   */
  stop(why: Error, onStopped: () => void): void;
  /** Gives the connection back once everything sent on it is answered. */
  releaseWhenQuiet(): void;
  /**
   * Gives the connection back in the state that the next borrower expects, or destroys it when that is
   * impossible.
   */
  release(): void;
  /** Closes the socket without waiting for answers. */
  destroy(): void;
}

/** How a connection is checked out. */
export interface Checkout {
  /**
   * True for an autocommit read, which may run again elsewhere: it does not wait for a node that is in doubt.
   */
  readonly isExpendable?: boolean;
  /** True for a single autocommit statement: no other one can come while it runs. */
  readonly isSingle?: boolean;
  /** Called when the connection is given back or lost. */
  readonly onGivenUp?: (() => void) | undefined;
}

/** The current connections to one node. */
export interface NodePoolStats {
  readonly node: string;
  /** Exclusive connections: how many are open, and how many of these are idle. */
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
  /** Lanes, and the reads under way on them. */
  readonly lanes: number;
  readonly laneReads: number;
  /** Lanes without a read, and reads that wait for a lane. */
  readonly idleLanes: number;
  readonly laneWaiting: number;
}

/**
 * What a node's connections give up. `waiting`, for a name that leads to another server now: the work that
 * waits for an exclusive connection. `reads`, for a node that does not answer: its autocommit reads, which
 * run again elsewhere. `everything`, for a node that is down: all work, because its sockets may never break
 * by themselves.
 */
export type Abandoned = 'waiting' | 'reads' | 'everything';

/** All connections to one node. */
export interface NodeConnections<C extends ExclusiveConnection = ExclusiveConnection> {
  /** Connections checked out or waited for, plus reads on lanes: how busy we keep the node. */
  readonly inUse: number;
  readonly stats: NodePoolStats;
  /**
   * Starts an autocommit read, on a lane or on an exclusive connection. Throws before it sends anything when
   * the statement itself is invalid.
   */
  start(read: NodeRead): ReadTicket;
  /**
   * Checks out an exclusive connection. Throws PoolExhaustedError when none comes free in time, and
   * ConnectFailedError when none can be made.
   */
  acquire(checkout?: Checkout): Promise<C>;
  /** Runs one autocommit statement on a connection that was checked out here. */
  ask(connection: C, statement: ExclusiveStatement): Promise<NodeAnswer>;
  /** How far the node's data reaches, asked on any connection; undefined when the node cannot say. */
  position(): Promise<ServerPosition | undefined>;
  /** Whether the duration of a read tells something about the node, and not about the statement. */
  isTypical(read: NodeRead, answer: NodeAnswer): boolean;
  /** Ends what `what` says: work that is not sent yet rejects with ConnectFailedError. */
  abandon(what: Abandoned, why: Error): void;
  end(): Promise<void>;
}
