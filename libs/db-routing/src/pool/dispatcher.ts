import type { QueryConfig, Submittable } from 'pg';
import type { Clock } from '../clock';
import { ConnectFailedError, ConnectionLostError, PoolEndedError, PoolExhaustedError } from '../errors';
import { twoRandomChoices } from '../routing/balancer';
import { decide, type DecideContext, type Decision, type Requirement } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import { RouteTrace } from '../routing/route-trace';
import type { TopologySnapshot } from '../topology/snapshot';
import { GroupGate } from './group-gate';
import type { NodeConnection } from './node-connection';
import type { NodePool } from './node-pool';
import { isReadOnlyRefusal, isRecoveryConflict, sqlStateOf } from './pg-errors';
import type { AnyResult } from './query-types';
import { StatementLimit } from './statement-limit';
import { failSubmittable } from './submittable';

/** A requirement with all that is needed to serve it. */
export interface Route extends Requirement {
  /** To remember by, when a replica refuses it. */
  readonly text?: string | undefined;
  /** Limit for the statement, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** Whose limit that is. */
  readonly ruleLabel?: string | undefined;
}

export interface DispatcherOptions {
  readonly pools: ReadonlyMap<string, NodePool>;
  readonly groups: ReplicaGroups;
  readonly clock: Clock;
  /** How long a statement waits for its turn in a group. */
  readonly groupWaitMs: number;
  readonly snapshot: () => TopologySnapshot;
  /** A replica refused what was taken for a read. */
  readonly onReadRefused: (text: string) => void;
}

/** A read is tried on one replica, on another, and on the primary. */
const MAX_READ_ATTEMPTS = 3;
const FEATURE_NOT_SUPPORTED = '0A000';

/** Takes decisions to connections: the acting half of routing. */
export class Dispatcher {
  #isEnded = false;
  readonly #gates: ReadonlyMap<string, GroupGate>;

  constructor(private readonly options: DispatcherOptions) {
    const { groups, groupWaitMs, clock } = options;
    this.#gates = new Map(
      groups.all.flatMap(({ name, maxConcurrent }) =>
        maxConcurrent === undefined
          ? []
          : [[name, new GroupGate(name, maxConcurrent, groupWaitMs, clock)] as const],
      ),
    );
  }

  /** One autocommit read. A node that fails it is passed over; nothing that a read does is lost by running it again. */
  async read(
    need: Route,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    { isTraced = true } = {},
  ): Promise<AnyResult> {
    const gate = this.#gateOf(need);
    if (!gate) return this.#readWithRetry(need, input, values, isTraced);
    const leave = await gate.enter();
    try {
      return await this.#readWithRetry(need, input, values, isTraced);
    } finally {
      leave();
    }
  }

  /** One autocommit write. Never sent twice: after a broken connection nobody knows whether it was executed. */
  async write(need: Route, input: QueryConfig | string, values: unknown[] | undefined): Promise<AnyResult> {
    return this.#runOn(this.#decide({ target: 'primary', reason: need.reason }), need, input, values, true);
  }

  /** A cursor or stream outside of a transaction has a connection to itself until it is closed. */
  cursor(need: Requirement, submittable: Submittable): void {
    this.acquire(need).then(
      (connection) => connection.submit(submittable, [], () => connection.release()),
      (error: unknown) => failSubmittable(submittable, error as Error),
    );
  }

  /** A connection for a transaction, a cursor or a client with session state. */
  async acquire(need: Requirement): Promise<NodeConnection> {
    const leave = await this.#gateOf(need)?.enter();
    try {
      const decision = this.#decide(need);
      const connection = await this.#poolOf(decision).acquire(leave);
      trace(decision);
      return connection;
    } catch (error) {
      leave?.();
      throw error;
    }
  }

  /** What decisions are made from, for those who explain them. */
  get decideContext(): DecideContext {
    const { snapshot, groups, pools } = this.options;
    return {
      snapshot: snapshot(),
      groups,
      balance: twoRandomChoices,
      loadOf: (node) => pools.get(node.address.name)?.inUse ?? 0,
      random: Math.random,
    };
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all([...this.options.pools.values()].map((pool) => pool.end()));
  }

  async #readWithRetry(
    need: Route,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    isTraced: boolean,
  ): Promise<AnyResult> {
    const failed = new Set<string>();
    let refusal: unknown;
    let target = need;
    for (let attempt = 1; ; attempt++) {
      const decision = this.#decide(target, failed);
      try {
        const result = await this.#runOn(decision, target, input, values, isTraced);
        // Only now it is known that it was the replica's refusal, and not the statement's own fault.
        if (refusal !== undefined && need.text !== undefined) this.options.onReadRefused(need.text);
        return result;
      } catch (error) {
        if (target.target === 'replica' && isRefusedByReplica(error, decision)) {
          if (!this.options.snapshot().primary) throw error;
          refusal = error;
          target = { ...need, target: 'primary', reason: 'refused-by-replica', group: undefined };
        } else if (
          !isNodesFault(error) ||
          attempt === MAX_READ_ATTEMPTS ||
          !this.#hasAnother(target, failed, decision)
        ) {
          throw error;
        }
        failed.add(decision.node.address.name);
      }
    }
  }

  async #runOn(
    decision: Decision,
    route: Route,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    isTraced: boolean,
  ): Promise<AnyResult> {
    const connection = await this.#poolOf(decision).acquire();
    if (isTraced) trace(decision);
    const { timeoutMs, ruleLabel = 'a rule' } = route;
    const limit =
      timeoutMs === undefined
        ? undefined
        : new StatementLimit(connection, { timeoutMs, rule: ruleLabel }, this.options.clock);
    try {
      return await connection.query(input, values);
    } catch (error) {
      throw limit?.explain(error) ?? error;
    } finally {
      limit?.end();
      connection.release();
    }
  }

  #gateOf(need: Requirement): GroupGate | undefined {
    return need.group && this.#gates.get(need.group.name);
  }

  #decide(need: Requirement, exclude?: ReadonlySet<string>): Decision {
    if (this.#isEnded) throw new PoolEndedError();
    return decide(need, exclude ? { ...this.decideContext, exclude } : this.decideContext);
  }

  #hasAnother(need: Requirement, failed: ReadonlySet<string>, decision: Decision): boolean {
    try {
      this.#decide(need, new Set([...failed, decision.node.address.name]));
      return true;
    } catch {
      return false;
    }
  }

  #poolOf(decision: Decision): NodePool {
    const pool = this.options.pools.get(decision.node.address.name);
    if (!pool) throw new PoolEndedError();
    return pool;
  }
}

/** Whether the same read may well succeed elsewhere. */
function isNodesFault(error: unknown): boolean {
  return (
    error instanceof ConnectionLostError ||
    error instanceof ConnectFailedError ||
    error instanceof PoolExhaustedError ||
    isRecoveryConflict(error)
  );
}

/** 0A000: what hot standby does not support, such as an unlogged table; on the primary the same may succeed. */
function isRefusedByReplica(error: unknown, { node }: Decision): boolean {
  return isReadOnlyRefusal(error) || (node.role === 'replica' && sqlStateOf(error) === FEATURE_NOT_SUPPORTED);
}

function trace({ node, reason }: Decision): void {
  RouteTrace.current()?.add({ node: node.address.name, role: node.role, reason });
}
