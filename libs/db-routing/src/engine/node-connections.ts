import type { NodeAddress } from './node-address';
import type { ExclusiveStatement, NodeAnswer, NodeRead, ReadTicket } from './node-statement';
import type { ServerPosition } from './position';

/** A connection that was checked out and belongs to its borrower alone. */
export interface ExclusiveConnection {
  readonly node: NodeAddress;
  /** As the server said with its last answer. */
  readonly isInTransaction: boolean;
  /** How far the server's data reaches; undefined where it cannot say. */
  position(): Promise<ServerPosition | undefined>;
  /** The connection now carries state that the next borrower must not inherit. */
  markBackendState(use: { readonly outlivesDiscard?: boolean | undefined }): void;
  /** The connection must not be used again. */
  markUnusable(): void;
  /** Cancels on the server what runs on this connection. */
  cancel(): Promise<void>;
  /** Cancels what runs, and calls `onStopped` when the server has answered; a server that does not stop in time loses the connection. */
  stop(why: Error, onStopped: () => void): void;
  /** Back to its pool once what was sent is answered. */
  releaseWhenQuiet(): void;
  /** Back to its pool as the next borrower expects it; destroyed where that cannot be done. */
  release(): void;
  /** Closes the socket without waiting for anything that is in flight. */
  destroy(): void;
}

/** How a connection is checked out. */
export interface Checkout {
  /** For an autocommit read, which may run again elsewhere: it need not wait for a node that is in doubt. */
  readonly isExpendable?: boolean;
  /** Called when the connection is back, or gone. */
  readonly onGivenUp?: (() => void) | undefined;
}

/** Connections to one node, at this moment. */
export interface NodePoolStats {
  readonly node: string;
  /** Exclusive connections: open, and of these idle. */
  readonly open: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
  /** Shared connections, and the reads under way on them. */
  readonly lanes: number;
  readonly laneReads: number;
  /** Shared connections without a read, and reads that wait for one. */
  readonly idleLanes: number;
  readonly laneWaiting: number;
}

/** All connections to one node. */
export interface NodeConnections<C extends ExclusiveConnection = ExclusiveConnection> {
  /** Connections checked out or waited for, and reads on shared ones: how busy the node is on our behalf. */
  readonly inUse: number;
  readonly stats: NodePoolStats;
  /** Starts an autocommit read, on a shared connection or on one of its own. Throws what is wrong with the statement before anything is sent. */
  start(read: NodeRead): ReadTicket;
  /** Checks a connection out. Throws PoolExhaustedError or ConnectFailedError. */
  acquire(checkout?: Checkout): Promise<C>;
  /** One autocommit statement on a connection that was checked out here. */
  ask(connection: C, statement: ExclusiveStatement): Promise<NodeAnswer>;
  /** How far the node's data reaches, on any connection; undefined where it cannot say. */
  position(): Promise<ServerPosition | undefined>;
  /** Whether the time that a read took says something about the node, and not about what was asked. */
  isTypical(read: NodeRead, answer: NodeAnswer): boolean;
  /**
   * The node does not answer: lets go of what waits for it. A node in doubt loses only its reads, which run again elsewhere; one that
   * is down loses everything, as its sockets may never break by themselves.
   */
  abandon(what: 'reads' | 'everything', why: Error): void;
  end(): Promise<void>;
}
