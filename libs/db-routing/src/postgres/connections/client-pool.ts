import { Client, type ClientConfig, Pool, type PoolClient, type PoolConfig } from 'pg';
import { ConnectFailedError, ConnectHookError, PoolExhaustedError } from '../../errors';
import { Bag, type Bagged } from '../../bag';
import type { NodeFacts } from '../../engine/engine';
import type { NodeAddress } from '../../engine/node-address';
import type { Abandoned } from '../../engine/node-connections';
import type { ConnectionHooks } from '../protocol/connection-hooks';
import { takeOverQueryTimeout } from '../protocol/query-timeout';
import {
  followHotStandby,
  isOnStandby,
  isReallyOnStandby,
  LeadsToReplicaError,
} from '../protocol/hot-standby';
import { isMadeForReads, startupOptions } from '../protocol/startup-options';
import { tapRows } from './wire/row-tap';
import type { NodePoolOptions } from './node-pool-options';
import { suspectNode } from './suspect-node';

export type ClientPoolOptions = NodePoolOptions & { readonly hooks: ConnectionHooks };

/** A checkout that waits for a client. */
interface WaitingCheckout extends Bagged {
  readonly isExpendable: boolean;
  abandon(why: Error): void;
}

/** The driver's pool for one node. */
export class ClientPool {
  readonly #pool: Pool;
  readonly #open = new Set<PoolClient>();
  /** Those that were not checked out yet. */
  readonly #unused = new WeakSet<PoolClient>();
  /** For abandon(): a hung node would let the checkouts wait. */
  readonly #waiting = new Bag<WaitingCheckout>();
  /** Whether the driver makes its clients for a replica; undefined before the first. */
  #isForReplica: boolean | undefined;

  constructor(
    private readonly node: NodeAddress,
    private readonly facts: NodeFacts,
    private readonly options: ClientPoolOptions,
  ) {
    const { hooks } = options;
    this.#pool = new Pool(poolConfig(options));
    this.#pool.on('connect', (client) => {
      this.#open.add(client);
      this.#unused.add(client);
      takeOverQueryTimeout(client);
      // The borrower does not listen yet: without this listener, a server that closes the connection right
      // after login would end the process.
      client.on('error', () => undefined);
      hooks.connected(client);
    });
    this.#pool.on('remove', (client) => {
      this.#open.delete(client);
      hooks.removed(client);
    });
    // The driver drops an idle client that breaks; the monitor finds out what it means.
    this.#pool.on('error', (error, client) => {
      suspectNode(facts, error);
      hooks.failedIdle(error, client);
    });
  }

  /** Clients, idle ones and those that are connecting included. */
  get size(): number {
    return this.#pool.totalCount;
  }

  get idle(): number {
    return this.#pool.idleCount;
  }

  /** Checkouts that wait for a client. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Checks out a client whose server has the node's role, and whose defaults for transactions suit that.
   * Throws PoolExhaustedError when no client becomes free in time, ConnectHookError when the application's
   * hook fails, and ConnectFailedError when the node cannot be reached, is abandoned, or is the primary while
   * its name leads to a replica.
   */
  checkOut(isExpendable: boolean): Promise<PoolClient> {
    // A pooler refuses startup options; there, each transaction sets its isolation level.
    if (this.options.pooler) return this.#checkOut(isExpendable, false);
    const isReplica = this.facts.isReplica();
    // For the clients that the driver makes from now on.
    if (this.#isForReplica !== isReplica) {
      this.#pool.options.options = startupOptions(isReplica ? 'reads' : 'anything', this.options.connection);
      this.#isForReplica = isReplica;
    }
    return this.#checkOut(isExpendable, !isReplica);
  }

  /**
   * Rejects waiting checkouts: those for reads, or all. With `everything`, also closes the socket of each
   * client.
   */
  abandon(what: Abandoned, why: Error): void {
    for (const waiting of this.#waiting.all) {
      if (what !== 'reads' || waiting.isExpendable) waiting.abandon(why);
    }
    // Including idle ones: the first statement on one would wait for a node that is gone.
    if (what === 'everything') for (const client of this.#open) client.connection.stream.destroy();
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #checkOut(isExpendable: boolean, isForPrimary: boolean): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      let isAbandoned = false;
      const waiting = {
        at: 0,
        isExpendable,
        abandon: (why: Error) => {
          isAbandoned = true;
          this.#waiting.delete(waiting);
          reject(new ConnectFailedError(this.node.name, why.message, { cause: why }));
        },
      };
      this.#waiting.add(waiting);
      this.#pool.connect((error, client) => {
        this.#waiting.delete(waiting);
        // The client comes too late: its caller has been told that there is none.
        if (isAbandoned) client?.release(true);
        else if (!client) reject(this.#connectError(error ?? new Error('no connection')));
        else if (isForPrimary && !mayWrite(client)) resolve(this.#instead(client, isExpendable));
        else {
          this.#unused.delete(client);
          resolve(client);
        }
      });
    });
  }

  /**
   * A client that seems not to suit the primary: it was made while the node was a replica, which has been
   * promoted since, or while its name led to a replica.
   */
  async #instead(client: PoolClient, isExpendable: boolean): Promise<PoolClient> {
    const isNew = this.#unused.delete(client);
    if (isNew && !isMadeForReads(client) && !(await this.#isReallyOnStandby(client))) return client;
    client.release(true);
    if (!isNew || !isOnStandby(client)) return this.checkOut(isExpendable);
    const cause = new LeadsToReplicaError();
    suspectNode(this.facts, cause);
    throw new ConnectFailedError(this.node.name, cause.message, { cause });
  }

  async #isReallyOnStandby(client: PoolClient): Promise<boolean> {
    try {
      return await isReallyOnStandby(client, this.options.acquireTimeoutMs);
    } catch (error) {
      client.release(true);
      throw this.#connectError(error as Error);
    }
  }

  #connectError(error: Error): Error {
    const { maxConnections, acquireTimeoutMs } = this.options;
    if (error.message === 'timeout exceeded when trying to connect') {
      // The driver uses this message only when its pool is full: the node itself may be well.
      return new PoolExhaustedError(this.node.name, maxConnections, acquireTimeoutMs);
    }
    // The application failed, not the node.
    if (error instanceof ConnectHookError) return error;
    suspectNode(this.facts, error);
    return new ConnectFailedError(this.node.name, error.message, { cause: error });
  }
}

/** Whether the client was made for a primary, and its server has not said that it is a standby. */
function mayWrite(client: PoolClient): boolean {
  return !isMadeForReads(client) && !isOnStandby(client);
}

/** For the driver's pool, which uses `new`, and so gets what the function returns. */
function TappedClient(config: ClientConfig): Client {
  const client = new Client(config);
  tapRows(client);
  followHotStandby(client);
  return client;
}

function poolConfig(options: ClientPoolOptions): PoolConfig {
  const { onConnect } = options.hooks;
  return {
    ...options.connection,
    Client: TappedClient as unknown as typeof Client,
    max: options.maxConnections,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    ...loginSettings(options),
    pipeline: true,
    allowExitOnIdle: true,
    // node-postgres awaits it, though its type declarations call it void.
    ...(onConnect && Object.assign({}, { onConnect })),
  };
}

/**
 * Limits for all statements of a connection. A pooler refuses or ignores them; there, each transaction sets
 * them.
 */
function loginSettings(options: ClientPoolOptions): PoolConfig {
  if (options.pooler) return {};
  return {
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
  };
}
