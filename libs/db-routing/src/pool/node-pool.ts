import { Pool } from 'pg';
import { ConnectFailedError, PoolExhaustedError } from '../errors';
import type { NodeAddress } from '../topology/connection-url';
import { NodeConnection } from './node-connection';

export interface NodePoolOptions {
  readonly connectionString: string;
  readonly applicationName: string;
  /** Most connections to this node. */
  readonly maxConnections: number;
  /** Limit for getting a connection, waiting and connecting included. */
  readonly acquireTimeoutMs: number;
  /** Limit for one statement, enforced on the server. */
  readonly statementTimeoutMs: number;
  /** The server ends a transaction that is idle for longer. */
  readonly idleInTransactionTimeoutMs: number;
  /** A connection broke, or could not be made: the node may be in trouble. */
  readonly onFailure: (node: NodeAddress, error: Error) => void;
}

/** The server's statement_timeout speaks first, where there is a server that can speak. */
const ANSWER_GRACE_MS = 500;

/** How long a pool that ends waits for the server's goodbye. */
const END_DEADLINE_MS = 2000;

/** The connections to one node. */
export class NodePool {
  readonly #pool: Pool;
  #inUse = 0;

  constructor(
    readonly node: NodeAddress,
    private readonly options: NodePoolOptions,
  ) {
    this.#pool = new Pool({
      connectionString: options.connectionString,
      application_name: options.applicationName,
      max: options.maxConnections,
      connectionTimeoutMillis: options.acquireTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
      keepAlive: true,
      pipeline: true,
      allowExitOnIdle: true,
    });
    // An idle connection that breaks is dropped by the pool; the monitor finds out what it means.
    this.#pool.on('error', (error) => options.onFailure(node, error));
  }

  /** Connections checked out: how busy the node is on our behalf. */
  get inUse(): number {
    return this.#inUse;
  }

  get counts(): { total: number; idle: number; waiting: number } {
    return { total: this.#pool.totalCount, idle: this.#pool.idleCount, waiting: this.#pool.waitingCount };
  }

  /** Checks a connection out. `onGivenUp`: when it is back, or gone. Throws PoolExhaustedError or ConnectFailedError. */
  async acquire(onGivenUp?: () => void): Promise<NodeConnection> {
    this.#inUse += 1;
    try {
      const client = await this.#pool.connect();
      return new NodeConnection(this.node, client, {
        answerDeadlineMs: this.options.statementTimeoutMs + ANSWER_GRACE_MS,
        onLost: (error) => this.options.onFailure(this.node, error),
        onGivenUp: () => {
          this.#inUse -= 1;
          onGivenUp?.();
        },
      });
    } catch (error) {
      this.#inUse -= 1;
      throw this.#explain(error as Error);
    }
  }

  async end(): Promise<void> {
    let expire: () => void = () => undefined;
    const deadline = new Promise<void>((resolve) => (expire = resolve));
    const timer = setTimeout(expire, END_DEADLINE_MS);
    await Promise.race([this.#pool.end(), deadline]);
    clearTimeout(timer);
  }

  #explain(error: Error): Error {
    const { maxConnections, acquireTimeoutMs } = this.options;
    if (error.message === 'timeout exceeded when trying to connect') {
      // Only a full pool makes the driver wait with this message: the node itself may be perfectly well.
      return new PoolExhaustedError(this.node.name, maxConnections, acquireTimeoutMs);
    }
    this.options.onFailure(this.node, error);
    return new ConnectFailedError(this.node.name, error.message, { cause: error });
  }
}
