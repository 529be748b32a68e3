import { type ClientConfig, Pool, type PoolClient, type PoolConfig } from 'pg';
import { type Clock, type Random, withDeadline } from '../../clock';
import type { NodeFacts } from '../../engine/engine';
import type { Checkout, NodeConnections, NodePoolStats } from '../../engine/node-connections';
import type { ServerPosition } from '../../engine/position';
import type { LaneRead } from '../lanes/lane-read';
import { POSITION_QUERY, positionIn } from '../position/position-query';
import { type AnyResult, textOf } from '../protocol/query-types';
import { askReadOnly } from './ask-read-only';
import { ConnectFailedError, ConnectHookError, PoolExhaustedError } from '../../errors';
import type { NodeAddress } from '../../engine/node-address';
import { ClientStatements } from './wire/client-statements';
import { ClientWire } from './wire/client-wire';
import { serverOptions } from '../settings/connection-settings';
import { ConnectionHooks } from '../protocol/connection-hooks';
import type { NodeAnswer, ReadTicket } from '../../engine/node-statement';
import { NodeLanes } from '../lanes/node-lanes';
import type { StatementHabits } from '../lanes/statement-habits';
import { type Liveness, livenessOf } from '../protocol/liveness';
import { NodeConnection } from './node-connection';
import { sqlStateMeans } from '../sqlstates';
import { queryTimeoutOf, takeOverQueryTimeout, withoutQueryTimeout } from '../protocol/query-timeout';
import { ExclusiveReads } from './exclusive-reads';
import type { PooledStatement, TransactionPooler } from './transaction-pooler';
import { isMadeReadCommitted, startupOptions } from '../protocol/startup-options';

export interface NodePoolOptions {
  /** What each connection to it has: where, who, and how. */
  readonly connection: ClientConfig;
  /** Most connections to this node. */
  readonly maxConnections: number;
  /** Limit for getting a connection, waiting and connecting included. */
  readonly acquireTimeoutMs: number;
  /** How long an autocommit read waits while others have all connections. */
  readonly readQueueWaitMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Learns which statements are too slow or too large to share a connection. */
  readonly habits: StatementHabits;
  /** Limit for one statement, enforced on the server. */
  readonly statementTimeoutMs: number;
  /** The server ends a transaction that is idle for longer. */
  readonly idleInTransactionTimeoutMs: number;
  /** Whether statements that come again are prepared on the server. */
  readonly prepareStatements: boolean;
  /** The node is reached through a pooler that works by transaction. */
  readonly pooler?: TransactionPooler | undefined;
  /** Shared connections for autocommit reads; undefined: there are none. */
  readonly lanes?: { readonly max: number };
  /** What the application does with each new connection. Default: nothing. */
  readonly hooks?: ConnectionHooks;
}

/** The server's statement_timeout speaks first, where there is a server that can speak. */
const ANSWER_GRACE_MS = 500;

/** How long a pool that ends waits for the server's goodbye. */
const END_DEADLINE_MS = 2000;

/** The connections to one node. */
export class NodePool implements NodeConnections<NodeConnection> {
  /** For autocommit reads; undefined where reads get connections of their own. */
  readonly lanes: NodeLanes | undefined;
  /** For autocommit reads that others must not wait behind. */
  readonly exclusiveReads: ExclusiveReads;
  readonly #pool: Pool;
  readonly #hooks: ConnectionHooks;
  readonly #open = new Set<PoolClient>();
  readonly #wires = new WeakMap<PoolClient, ClientWire>();
  /** What the connection string says of it, in milliseconds. */
  readonly #queryTimeoutMs: number | undefined;
  readonly #checkedOut = new Set<NodeConnection>();
  /** Those that wait for a connection, which a hung node never gives. */
  readonly #waiting = new Set<{ readonly isExpendable: boolean; abandon(why: Error): void }>();

  constructor(
    readonly node: NodeAddress,
    private readonly facts: NodeFacts,
    private readonly options: NodePoolOptions,
  ) {
    const { lanes, hooks = new ConnectionHooks(undefined) } = options;
    this.#hooks = hooks;
    this.#queryTimeoutMs = queryTimeoutOf(options.connection);
    this.lanes =
      lanes &&
      new NodeLanes(node, {
        ...options,
        maxLanes: lanes.max,
        prepare: options.prepareStatements,
        startAlone: (read) => this.exclusiveReads.start(read),
        queryTimeoutMs: this.#queryTimeoutMs,
        onFailure: (_, error) => this.#accuse(error),
      });
    this.exclusiveReads = new ExclusiveReads({
      node: node.name,
      max: options.maxConnections,
      waitMs: options.readQueueWaitMs,
      clock: options.clock,
      acquire: () => this.acquire({ isExpendable: true }),
      ask: (connection, read) => this.ask(connection, { ...read, isWrite: false, kind: undefined }),
    });
    this.#pool = new Pool({
      ...options.connection,
      max: options.maxConnections,
      connectionTimeoutMillis: options.acquireTimeoutMs,
      ...loginSettings(options),
      pipeline: true,
      allowExitOnIdle: true,
      // node-postgres awaits it, though its declarations call it void.
      ...(hooks.onConnect && Object.assign({}, { onConnect: hooks.onConnect })),
    });
    this.#pool.on('connect', (client) => {
      this.#open.add(client);
      takeOverQueryTimeout(client);
      // Before the borrower listens nobody does: a goodbye that comes with the end of the login would end the process.
      client.on('error', () => undefined);
      hooks.connected(client);
    });
    this.#pool.on('remove', (client) => {
      this.#open.delete(client);
      hooks.removed(client);
    });
    // An idle connection that breaks is dropped by the pool; the monitor finds out what it means.
    this.#pool.on('error', (error, client) => {
      this.#accuse(error);
      hooks.failedIdle(error, client);
    });
  }

  /** Connections checked out or waited for, and reads on shared ones: how busy the node is on our behalf. */
  get inUse(): number {
    return (
      this.#checkedOut.size + this.#waiting.size + this.exclusiveReads.waiting + (this.lanes?.inFlight ?? 0)
    );
  }

  get stats(): NodePoolStats {
    const { totalCount: open, idleCount: idle } = this.#pool;
    const { maxConnections: max } = this.options;
    return {
      node: this.node.name,
      open,
      idle,
      waiting: this.#waiting.size + this.exclusiveReads.waiting,
      max,
      lanes: this.lanes?.size ?? 0,
      laneReads: this.lanes?.inFlight ?? 0,
      idleLanes: this.lanes?.idle ?? 0,
      laneWaiting: this.lanes?.waiting ?? 0,
    };
  }

  /**
   * Checks a connection out. `onGivenUp`: when it is back, or gone. `isExpendable`: for an autocommit read, see abandon().
   * Throws PoolExhaustedError or ConnectFailedError.
   */
  async acquire(use: Checkout = {}): Promise<NodeConnection> {
    const client = await this.#checkOutFit(use.isExpendable ?? false);
    const connection: NodeConnection = new NodeConnection(this.node, this.#wireOf(client), {
      clock: this.options.clock,
      isExpendable: use.isExpendable ?? false,
      isDiscardable: !this.#hooks.prepareConnections,
      onLost: (error) => this.#accuse(error),
      onGivenUp: () => {
        this.#checkedOut.delete(connection);
        use.onGivenUp?.();
      },
    });
    this.#checkedOut.add(connection);
    return connection;
  }

  /** On a lane, unless the statement is known to hold up what shares a connection with it. */
  start(read: LaneRead): ReadTicket {
    return this.lanes && !this.options.habits.needsExclusive(textOf(read.input))
      ? this.lanes.start(read)
      : this.exclusiveReads.start(read);
  }

  /** One autocommit statement on a connection of this pool. See NodeConnection.ask. */
  async ask(connection: NodeConnection, statement: PooledStatement): Promise<NodeAnswer> {
    const { clock, habits, pooler } = this.options;
    const askedAtMs = clock.now();
    const answer = await (statement.isReadOnly === true
      ? askReadOnly(connection, statement)
      : (pooler?.ask(connection, statement) ?? connection.ask(statement)));
    habits.recordAlone(textOf(statement.input), clock.now() - askedAtMs, answer.result as AnyResult);
    return answer;
  }

  async position(): Promise<ServerPosition | undefined> {
    if (this.lanes) {
      const { result } = await this.lanes.read({ input: withoutQueryTimeout(POSITION_QUERY) });
      return positionIn(result as AnyResult);
    }
    const connection = await this.acquire({ isExpendable: true });
    try {
      return await connection.position();
    } finally {
      connection.release();
    }
  }

  isTypical({ input }: LaneRead, { isDelayed = false }: NodeAnswer): boolean {
    // Where there are no lanes every read is on its own, and there is nothing else to go by.
    return !this.lanes || (!isDelayed && !this.options.habits.needsExclusive(textOf(input)));
  }

  /**
   * The node does not answer: lets go of what waits for it. A node in doubt loses only its reads, which run again elsewhere; one that
   * is down loses everything, as its sockets may never break by themselves.
   */
  abandon(what: 'reads' | 'everything', why: Error): void {
    this.lanes?.abandon(why);
    this.exclusiveReads.abandon(new ConnectFailedError(this.node.name, why.message, { cause: why }));
    for (const connection of [...this.#checkedOut]) {
      if (what === 'everything' || connection.isExpendable) connection.abandon(why);
    }
    for (const waiting of [...this.#waiting]) {
      if (what === 'everything' || waiting.isExpendable) waiting.abandon(why);
    }
    // Idle ones too: the first to use one would wait for a node that is gone.
    if (what === 'everything') for (const client of this.#open) client.connection.stream.destroy();
  }

  async end(): Promise<void> {
    this.exclusiveReads.end();
    const ended = Promise.all([this.#pool.end(), this.lanes?.end()]).then(() => undefined);
    await withDeadline(this.options.clock, END_DEADLINE_MS, ended, () => undefined);
  }

  /** A connection has broken. A limit of its session that ended it (a transaction idled, …) is its caller's affair. */
  #accuse(error: Error): void {
    if (!sqlStateMeans(error, 'session-limit')) this.facts.onFailure(error);
  }

  #livenessOf(processId: number, client: PoolClient): Promise<Liveness> {
    // Behind a pooler the server knows no limit for what runs outside of a transaction block: there it is kept from here.
    if (this.options.pooler && client.getTransactionStatus() === 'I') return Promise.resolve('idle');
    const { connection, acquireTimeoutMs: timeoutMs } = this.options;
    return livenessOf(processId, { connection, timeoutMs });
  }

  #wireOf(client: PoolClient): ClientWire {
    let wire = this.#wires.get(client);
    if (!wire) {
      const { prepareStatements, statementTimeoutMs } = this.options;
      const { clock } = this.options;
      wire = new ClientWire(client, {
        clock,
        statements: prepareStatements ? new ClientStatements(client, clock) : undefined,
        queryTimeoutMs: this.#queryTimeoutMs,
        answerDeadlineMs: statementTimeoutMs + ANSWER_GRACE_MS,
        livenessOf: (processId) => this.#livenessOf(processId, client),
      });
      this.#wires.set(client, wire);
    }
    return wire;
  }

  /** One whose transactions are, by default, what the role of the node allows. */
  async #checkOutFit(isExpendable: boolean): Promise<PoolClient> {
    // A pooler refuses what is said at login; there each transaction says it.
    if (this.options.pooler) return this.#checkOut(isExpendable);
    const isReplica = this.facts.isReplica();
    // For the connections that are made from now on.
    const own = startupOptions(isReplica ? 'read-committed' : 'as-it-is');
    this.#pool.options.options = serverOptions(own, this.options.connection);
    const client = await this.#checkOut(isExpendable);
    if (isReplica || !isMadeReadCommitted(client)) return client;
    // It was promoted since.
    client.release(true);
    return this.#checkOutFit(isExpendable);
  }

  #checkOut(isExpendable: boolean): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      let isAbandoned = false;
      const waiting = {
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
        // It has come when nobody wanted it any more.
        if (isAbandoned) client?.release(true);
        else if (client) resolve(client);
        else reject(this.#connectError(error ?? new Error('no connection')));
      });
    });
  }

  #connectError(error: Error): Error {
    const { maxConnections, acquireTimeoutMs } = this.options;
    if (error.message === 'timeout exceeded when trying to connect') {
      // Only a full pool makes the driver wait with this message: the node itself may be perfectly well.
      return new PoolExhaustedError(this.node.name, maxConnections, acquireTimeoutMs);
    }
    // The application's own doing.
    if (error instanceof ConnectHookError) return error;
    this.#accuse(error);
    return new ConnectFailedError(this.node.name, error.message, { cause: error });
  }
}

/** What a connection keeps for all its statements. A pooler refuses these, or ignores them: there they travel with each transaction. */
function loginSettings({
  pooler,
  statementTimeoutMs,
  idleInTransactionTimeoutMs,
}: NodePoolOptions): PoolConfig {
  if (pooler) return {};
  return {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
  };
}
