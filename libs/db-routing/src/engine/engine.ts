import type { Characteristics } from './characteristics';
import type { ExclusiveConnection, NodeConnections } from './node-connections';
import type { NodeAddress } from './node-address';
import type { Probe } from './probe';

/** What the errors of a server mean for routing. */
export interface EngineErrors {
  /** The server refuses to write, because it is a replica or the transaction is read-only. */
  isReadOnlyRefusal(error: unknown): boolean;
  /** A replica cannot run this at all; the primary may. */
  isUnsupportedOnReplica(error: unknown): boolean;
  /**
   * The server rolled the work back although nothing is wrong with it: a read may succeed on another node,
   * and a transaction when the whole of it runs again.
   */
  isRetryable(error: unknown): boolean;
  /** The caller's time ran out before the answer arrived; the statement keeps running. */
  isCallerTimeout(error: unknown): boolean;
}

/** What the connections to a node learn from the cluster, and report to it. */
export interface NodeFacts {
  /** Whether the node is a replica, as far as known. */
  isReplica(): boolean;
  /** Reports that a connection broke or could not be made: the node may be in trouble. */
  onFailure(error: Error): void;
  /** Reports that the node is known as the primary, and its name has led to a replica. */
  onStray(): void;
}

/** A kind of database server: how its nodes are asked and reached. */
export interface Engine<C extends ExclusiveConnection = ExclusiveConnection> {
  readonly errors: EngineErrors;
  /**
   * Whether what a connection says of its server holds only for the transaction in which it says so, as
   * behind a pooler.
   */
  readonly isPooled: boolean;
  /** Whether a transaction with these characteristics may run on a replica. */
  mayRunOnReplica(characteristics: Characteristics): boolean;
  probe(node: NodeAddress): Probe;
  connect(node: NodeAddress, facts: NodeFacts): NodeConnections<C>;
}
