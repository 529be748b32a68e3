import type { QueryConfig, Submittable } from 'pg';
import type { Clock } from '../clock';
import {
  ConnectFailedError,
  GroupExhaustedError,
  PoolEndedError,
  PrimaryChangedError,
  SpillLimitError,
} from '../errors';
import type { Balancer } from '../routing/balancer';
import { decide, type DecideContext, type Decision, type Requirement } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import { RouteTrace } from '../routing/route-trace';
import type { NodeStatus, TopologySnapshot } from '../topology/snapshot';
import { Gate } from './gate';
import type { NodeConnection } from './node-connection';
import type { NodePool } from './node-pool';
import { isReadOnlyRefusal } from './pg-errors';
import { PrimaryWait } from './primary-wait';
import type { AnyResult } from './query-types';
import { ReadRunner } from './read-runner';
import { RequestLimits } from './request-limits';
import { RetryBudget } from './retry-budget';
import type { Route } from './route';
import { StatementLimit } from './statement-limit';
import { failSubmittable } from './submittable';

export interface DispatcherOptions {
  readonly poolOf: (node: NodeStatus) => NodePool | undefined;
  readonly loadOf: (node: NodeStatus) => number;
  /** A statement was answered by the node, after so long. */
  readonly onServed: (node: NodeStatus, latencyMs: number) => void;
  readonly balance: Balancer;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  readonly groups: ReplicaGroups;
  readonly clock: Clock;
  /** How long a statement waits for its turn, in a group or on the primary in a replica's place. */
  readonly turnWaitMs: number;
  readonly failoverWaitMs: number;
  readonly failoverQueueLimit: number;
  /** Reads at once on the primary that no replica can serve. */
  readonly maxSpilledReads: number;
  readonly snapshot: () => TopologySnapshot;
  /** A replica refused what was taken for a read. */
  readonly onReadRefused: (text: string) => void;
  /** A node taken for the primary refused a write. */
  readonly onRoleDoubt: () => void;
}

/** Retries as a share of the reads, and a second's worth for quiet times (Finagle's defaults). */
const RETRY_SHARE = 0.2;
const MIN_RETRIES_PER_SECOND = 10;

/** Takes decisions to connections: the acting half of routing. */
export class Dispatcher {
  readonly #gates: ReadonlyMap<string, Gate>;
  readonly #reads: ReadRunner;
  readonly #primaryWait: PrimaryWait;
  #isEnded = false;

  constructor(private readonly options: DispatcherOptions) {
    const { groups, turnWaitMs: waitMs, clock, maxSpilledReads, snapshot } = options;
    this.#gates = new Map(
      groups.all.flatMap(({ name, maxConcurrent }) => {
        if (maxConcurrent === undefined) return [];
        const refuse = () => new GroupExhaustedError(name, maxConcurrent, waitMs);
        return [[name, new Gate({ maxConcurrent, waitMs, clock, refuse })] as const];
      }),
    );
    this.#reads = new ReadRunner({
      decide: (target, exclude) => this.#decide(target, exclude),
      hasPrimary: () => snapshot().primary !== undefined,
      budget: new RetryBudget({ share: RETRY_SHARE, minPerSecond: MIN_RETRIES_PER_SECOND, clock }),
      spill: new Gate({
        maxConcurrent: maxSpilledReads,
        waitMs,
        clock,
        refuse: () => new SpillLimitError(maxSpilledReads, waitMs),
      }),
      onReadRefused: options.onReadRefused,
    });
    this.#primaryWait = new PrimaryWait({
      clock,
      snapshot,
      waitMs: options.failoverWaitMs,
      maxWaiting: options.failoverQueueLimit,
    });
  }

  /** One autocommit read. See ReadRunner. */
  async read(
    need: Route,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    { isTraced = true } = {},
  ): Promise<AnyResult> {
    const leave = await this.#gateOf(need)?.enter();
    try {
      return await this.#reads.run(need, (decision, route) =>
        this.#runOn(decision, route, input, values, isTraced),
      );
    } finally {
      leave?.();
    }
  }

  /**
   * One autocommit write. It waits for a primary while it has not been sent; once sent it is never sent again, except when the
   * server has refused it as read-only: then nothing was executed.
   */
  async write(need: Route, input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    const target: Route = { ...need, target: 'primary' };
    for (let attempt = 1; ; attempt++) {
      await this.#primaryWait.forPrimary();
      const decision = this.#decide(target);
      try {
        return await this.#runOn(decision, target, input, values, true);
      } catch (error) {
        const hasChanged = isReadOnlyRefusal(error);
        if (hasChanged) this.options.onRoleDoubt();
        if (attempt > 1 || !(hasChanged || error instanceof ConnectFailedError)) {
          throw hasChanged ? new PrimaryChangedError(decision.node.address.name, { cause: error }) : error;
        }
      }
    }
  }

  /** A cursor or stream outside of a transaction has a connection to itself until it is closed. */
  cursor(need: Requirement, submittable: Submittable): void {
    this.acquire(need).then(
      (connection) => connection.submit(submittable, [], () => connection.release()),
      (error: unknown) => failSubmittable(submittable, error as Error),
    );
  }

  /** A connection for a transaction, a cursor or a client with session state. On the primary it waits for there to be one. */
  async acquire(need: Requirement): Promise<NodeConnection> {
    for (let attempt = 1; ; attempt++) {
      if (need.target === 'primary') await this.#primaryWait.forPrimary();
      const leave = await this.#gateOf(need)?.enter();
      try {
        const decision = this.#decide(need);
        const connection = await this.#poolOf(decision).acquire({ onGivenUp: leave });
        trace(decision);
        return connection;
      } catch (error) {
        leave?.();
        // Nothing has been sent yet.
        if (attempt > 1 || !(error instanceof ConnectFailedError)) throw error;
      }
    }
  }

  /** The monitor has published a new snapshot. */
  topologyChanged(): void {
    this.#primaryWait.topologyChanged();
  }

  /** What decisions are made from, for those who explain them. */
  get decideContext(): DecideContext {
    const { snapshot, groups, balance, loadOf, isNear } = this.options;
    return { snapshot: snapshot(), groups, balance, loadOf, isNear, random: Math.random };
  }

  end(): void {
    this.#isEnded = true;
  }

  async #runOn(
    decision: Decision,
    route: Route,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    isTraced: boolean,
  ): Promise<AnyResult> {
    const connection = await this.#poolOf(decision).acquire({ isExpendable: route.target === 'replica' });
    if (isTraced) trace(decision);
    const { timeoutMs, ruleLabel = 'a rule' } = route;
    const limit =
      timeoutMs === undefined
        ? undefined
        : new StatementLimit(connection, { timeoutMs, rule: ruleLabel }, this.options.clock);
    // Nobody waits for the answer any more: the server need not work on it.
    let over: Error | undefined;
    const unwatch = RequestLimits.current()?.watch((error) => {
      over = error;
      void connection.cancel();
      connection.abandon(error);
    });
    const askedAtMs = this.options.clock.now();
    try {
      if (over) throw over;
      const result = await connection.query(input, values);
      this.options.onServed(decision.node, this.options.clock.now() - askedAtMs);
      return result;
    } catch (error) {
      // Not the node's fault: it must not be tried elsewhere.
      throw over ?? limit?.explain(error) ?? error;
    } finally {
      unwatch?.();
      limit?.end();
      connection.release();
    }
  }

  #gateOf(need: Requirement): Gate | undefined {
    return need.group && this.#gates.get(need.group.name);
  }

  #decide(need: Requirement, exclude?: ReadonlySet<string>): Decision {
    if (this.#isEnded) throw new PoolEndedError();
    return decide(need, exclude ? { ...this.decideContext, exclude } : this.decideContext);
  }

  #poolOf(decision: Decision): NodePool {
    const pool = this.options.poolOf(decision.node);
    if (!pool) throw new PoolEndedError();
    return pool;
  }
}

function trace({ node, reason }: Decision): void {
  RouteTrace.current()?.add({ node: node.address.name, role: node.role, reason });
}
