import type { QueryConfig, Submittable } from 'pg';
import { ConnectFailedError, ConnectionLostError, PoolEndedError, PoolExhaustedError } from '../errors';
import { twoRandomChoices } from '../routing/balancer';
import { decide, type Decision, type Requirement } from '../routing/decide';
import { RouteTrace } from '../routing/route-trace';
import type { TopologySnapshot } from '../topology/snapshot';
import type { NodeConnection } from './node-connection';
import type { NodePool } from './node-pool';
import { isReadOnlyRefusal, isRecoveryConflict } from './pg-errors';
import type { AnyResult } from './query-types';
import { failSubmittable } from './submittable';

export interface DispatcherOptions {
  readonly pools: ReadonlyMap<string, NodePool>;
  readonly snapshot: () => TopologySnapshot;
  /** A replica refused what was taken for a read. */
  readonly onReadRefused: (text: string) => void;
}

/** A read is tried on one replica, on another, and on the primary. */
const MAX_READ_ATTEMPTS = 3;

/** Takes decisions to connections: the acting half of routing. */
export class Dispatcher {
  #isEnded = false;

  constructor(private readonly options: DispatcherOptions) {}

  /** One autocommit read. A node that fails it is passed over; nothing that a read does is lost by running it again. */
  async read(
    need: Requirement & { readonly text?: string },
    input: QueryConfig | string,
    values: unknown[] | undefined,
    { isTraced = true } = {},
  ): Promise<AnyResult> {
    const failed = new Set<string>();
    let target = need;
    for (let attempt = 1; ; attempt++) {
      const decision = this.#decide(target, failed);
      try {
        return await this.#runOn(decision, input, values, isTraced);
      } catch (error) {
        if (isReadOnlyRefusal(error) && need.target === 'replica') {
          if (need.text !== undefined) this.options.onReadRefused(need.text);
          target = { target: 'primary', reason: 'refused-by-replica' };
        } else if (
          !isNodesFault(error) ||
          attempt === MAX_READ_ATTEMPTS ||
          !this.#hasAnother(need, failed, decision)
        ) {
          throw error;
        }
        failed.add(decision.node.address.name);
      }
    }
  }

  /** One autocommit write. Never sent twice: after a broken connection nobody knows whether it was executed. */
  async write(
    need: Requirement,
    input: QueryConfig | string,
    values: unknown[] | undefined,
  ): Promise<AnyResult> {
    return this.#runOn(this.#decide({ target: 'primary', reason: need.reason }), input, values, true);
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
    const decision = this.#decide(need);
    const connection = await this.#poolOf(decision).acquire();
    trace(decision);
    return connection;
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    await Promise.all([...this.options.pools.values()].map((pool) => pool.end()));
  }

  async #runOn(
    decision: Decision,
    input: QueryConfig | string,
    values: unknown[] | undefined,
    isTraced: boolean,
  ): Promise<AnyResult> {
    const connection = await this.#poolOf(decision).acquire();
    if (isTraced) trace(decision);
    try {
      return await connection.query(input, values);
    } finally {
      connection.release();
    }
  }

  #decide(need: Requirement, exclude?: ReadonlySet<string>): Decision {
    if (this.#isEnded) throw new PoolEndedError();
    return decide(need, {
      snapshot: this.options.snapshot(),
      balance: twoRandomChoices,
      loadOf: (node) => this.options.pools.get(node.address.name)?.inUse ?? 0,
      random: Math.random,
      ...(exclude && { exclude }),
    });
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

function trace({ node, reason }: Decision): void {
  RouteTrace.current()?.add({ node: node.address.name, role: node.role, reason });
}
