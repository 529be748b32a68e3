import type { PoolClient } from 'pg';
import { Bag } from '../../bag';
import { END_DEADLINE_MS } from '../protocol/deadlines';
import { withDeadline } from '../../clock';
import type { NodeFacts } from '../../engine/engine';
import type { NodeAddress } from '../../engine/node-address';
import type { Abandoned, Checkout, NodeConnections, NodePoolStats } from '../../engine/node-connections';
import type { NodeAnswer, ReadTicket } from '../../engine/node-statement';
import type { ServerPosition } from '../../engine/position';
import { ConnectFailedError } from '../../errors';
import type { LaneRead } from '../lanes/lane-read';
import { NodeLanes } from '../lanes/node-lanes';
import { POSITION_QUERY, positionIn } from '../position/position-query';
import { ConnectionHooks } from '../protocol/connection-hooks';
import { isMadeForReads } from '../protocol/startup-options';
import { queryTimeoutOf, withoutQueryTimeout } from '../protocol/query-timeout';
import { type AnyResult, textOf } from '../protocol/query-types';
import { askInBlock, BEGIN_READ_ONLY, type PooledStatement } from './ask-in-block';
import { ClientPool } from './client-pool';
import { ExclusiveReads } from './exclusive-reads';
import { NodeConnection } from './node-connection';
import type { NodePoolOptions } from './node-pool-options';
import { suspectNode } from './suspect-node';
import { ClientWires } from './wire/client-wires';

/** The connections to one node: lanes, and exclusive ones. */
export class NodePool implements NodeConnections<NodeConnection> {
  /** Undefined if every read gets an exclusive connection. */
  readonly lanes: NodeLanes | undefined;
  /** Autocommit reads that other reads must not wait behind. */
  readonly exclusiveReads: ExclusiveReads;
  readonly #hooks: ConnectionHooks;
  readonly #clients: ClientPool;
  readonly #wires: ClientWires;
  readonly #checkedOut = new Bag<NodeConnection>();

  constructor(
    readonly node: NodeAddress,
    private readonly facts: NodeFacts,
    private readonly options: NodePoolOptions,
  ) {
    this.#hooks = options.hooks ?? new ConnectionHooks(undefined);
    this.lanes = options.lanes && this.#makeLanes(options.lanes);
    this.exclusiveReads = new ExclusiveReads(this, {
      max: options.maxConnections,
      waitMs: options.readQueueWaitMs,
      clock: options.clock,
    });
    this.#clients = new ClientPool(node, facts, { ...options, hooks: this.#hooks });
    this.#wires = new ClientWires(options);
  }

  /**
   * How busy the library keeps the node: connections that are checked out or waited for, and reads on lanes.
   */
  get inUse(): number {
    return this.#checkedOut.size + this.#waiting + (this.lanes?.inFlight ?? 0);
  }

  get stats(): NodePoolStats {
    return {
      node: this.node.name,
      open: this.#clients.size,
      idle: this.#clients.idle,
      waiting: this.#waiting,
      max: this.options.maxConnections,
      lanes: this.lanes?.size ?? 0,
      laneReads: this.lanes?.inFlight ?? 0,
      idleLanes: this.lanes?.idle ?? 0,
      laneWaiting: this.lanes?.waiting ?? 0,
    };
  }

  /**
   * Checks out an exclusive connection. Throws PoolExhaustedError when none becomes free in time,
   * ConnectHookError when the application's hook fails, and ConnectFailedError when the node cannot be
   * reached or is abandoned.
   */
  acquire(use: Checkout = {}): Promise<NodeConnection> {
    return this.#clients.checkOut(use.isExpendable ?? false).then((client) => this.#lend(client, use));
  }

  #lend(client: PoolClient, use: Checkout): NodeConnection {
    const connection: NodeConnection = new NodeConnection(this.node, this.#wires.of(client), {
      clock: this.options.clock,
      isExpendable: use.isExpendable ?? false,
      isSingle: use.isSingle ?? false,
      isDiscardable: !this.#hooks.prepareConnections,
      onLost: (error) => suspectNode(this.facts, error),
      onGivenUp: () => {
        this.#checkedOut.delete(connection);
        use.onGivenUp?.();
      },
    });
    this.#checkedOut.add(connection);
    return connection;
  }

  /** Runs a read on a lane, unless the statement is known to hold up others there. */
  start(read: LaneRead): ReadTicket {
    return this.lanes && !this.options.habits.needsExclusive(textOf(read.input))
      ? this.lanes.start(read)
      : this.exclusiveReads.start(read);
  }

  /** Runs one autocommit statement on a connection of this pool. Throws what NodeConnection.ask throws. */
  ask(connection: NodeConnection, given: PooledStatement): Promise<NodeAnswer> {
    const { clock, habits, pooler } = this.options;
    const askedAtMs = clock.now();
    // The position says it, too.
    const mustSay = given.wantsPrimary === true || given.wantsServer === true;
    const statement = mustSay ? { ...given, wantsPosition: true } : given;
    const mustBegin = statement.isReadOnly === true && !isMadeForReads(connection.client);
    const asked =
      pooler?.ask(connection, statement) ??
      (mustBegin ? askInBlock(connection, statement, [BEGIN_READ_ONLY]) : connection.ask(statement));
    return asked.then((answer) => {
      habits.recordAlone(textOf(statement.input), clock.now() - askedAtMs, answer.result as AnyResult);
      return answer;
    });
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
    // Without lanes, every read is exclusive, and there are no others to judge by.
    return !this.lanes || (!isDelayed && !this.options.habits.needsExclusive(textOf(input)));
  }

  abandon(what: Abandoned, why: Error): void {
    if (what !== 'waiting') {
      this.lanes?.abandon(why);
      this.exclusiveReads.abandon(new ConnectFailedError(this.node.name, why.message, { cause: why }));
      for (const connection of this.#checkedOut.all) {
        if (what === 'everything' || connection.isExpendable) connection.abandon(why);
      }
    }
    this.#clients.abandon(what, why);
  }

  async end(): Promise<void> {
    this.exclusiveReads.end();
    const ended = Promise.all([this.#clients.end(), this.lanes?.end()]).then(() => undefined);
    await withDeadline(this.options.clock, END_DEADLINE_MS, ended, () => undefined);
  }

  get #waiting(): number {
    return this.#clients.waiting + this.exclusiveReads.waiting;
  }

  #makeLanes({ max }: { readonly max: number }): NodeLanes {
    const { options } = this;
    return new NodeLanes(this.node, {
      ...options,
      maxLanes: max,
      prepare: options.prepareStatements,
      // A pooler may report what its first server has said.
      ...(!options.pooler && { isReplica: () => this.facts.isReplica() }),
      startAlone: (read) => this.exclusiveReads.start(read),
      queryTimeoutMs: queryTimeoutOf(options.connection),
      onFailure: (_, error) => suspectNode(this.facts, error),
    });
  }
}
