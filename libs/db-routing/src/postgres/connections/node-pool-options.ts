import type { ClientConfig } from 'pg';
import type { Clock, Random } from '../../clock';
import type { HeavyStatements } from '../lanes/heavy-statements';
import type { ConnectionHooks } from '../protocol/connection-hooks';
import type { TransactionPooler } from './transaction-pooler';

export interface NodePoolOptions {
  /** How each connection is made: address, user, TLS. */
  readonly connection: ClientConfig;
  /** Largest number of exclusive connections to the node. */
  readonly maxConnections: number;
  /** Limit for getting a connection, including waiting and connecting. */
  readonly acquireTimeoutMs: number;
  /** How long an autocommit read waits while all connections are in use. */
  readonly readQueueWaitMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Learns which statements are too slow or too large for a lane. */
  readonly habits: HeavyStatements;
  /** Limit for one statement, enforced by the server. */
  readonly statementTimeoutMs: number;
  /** The server ends a transaction that is idle for longer. */
  readonly idleInTransactionTimeoutMs: number;
  /** Whether the server prepares statements that are repeated. */
  readonly prepareStatements: boolean;
  /** The pooler in transaction mode through which the node is reached; undefined without one. */
  readonly pooler?: TransactionPooler | undefined;
  /** Lanes for autocommit reads; undefined: every read gets an exclusive connection. */
  readonly lanes?: { readonly max: number };
  /** What the application does with each new connection. Default: nothing. */
  readonly hooks?: ConnectionHooks;
}
