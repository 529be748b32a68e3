import type { Random } from '../clock';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';
import type { ReplayProgress } from '../cluster/replay-progress';
import type { Session } from '../consistency/session';
import { PoolEndedError } from '../errors';
import type { Balancer } from '../routing/balancer';
import { decide, type DecideContext, type Decision } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import type { NodeLoad } from '../routing/node-load';
import { needsSession, onPrimary, type Route, routeFor } from '../routing/route';
import type { ClusterNodes } from './nodes/cluster-nodes';
import type { SessionRecovery } from './positions/session-recovery';
import type { UnaskedWrites } from './positions/unasked-writes';

export interface NodeChoiceOptions {
  readonly random: Random;
  readonly balance: Balancer;
  readonly groups: ReplicaGroups;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  /** How long a read waits for a replica to replay what its session has seen, in milliseconds. */
  readonly positionWaitMs: number;
}

/**
 * Chooses a node from what the session needs, the current snapshot, the load of each node, and how far each
 * has replayed.
 */
export class NodeChoice {
  /** How nodes are chosen; explainRoute() uses it too. */
  readonly context: DecideContext;

  constructor(
    private readonly nodes: ClusterNodes,
    load: NodeLoad,
    progress: ReplayProgress,
    private readonly recovery: SessionRecovery,
    private readonly unasked: UnaskedWrites,
    { random, balance, groups, isNear, positionWaitMs }: NodeChoiceOptions,
  ) {
    this.context = { random, balance, groups, isNear, progress, maxWaitMs: positionWaitMs, loadOf: load.of };
  }

  get snapshot(): TopologySnapshot {
    return this.nodes.topology;
  }

  /**
   * Adds to a route what its session needs. Returns a promise, which never rejects, only when the position of
   * the pool's session must be asked for.
   */
  routeOf(need: Route, session: Session | undefined): Route | Promise<Route> {
    if (session && needsSession(need) && session.consult()) {
      const covered = this.unasked.covered();
      if (covered) return covered.then((is) => (is ? this.#routeFor(need, session) : onPrimary(need)));
    }
    return this.#routeFor(need, session);
  }

  #routeFor(need: Route, session: Session | undefined): Route {
    return routeFor(need, session, this.nodes.topology);
  }

  /**
   * `exclude`: names of nodes that have just failed this statement. Throws NoPrimaryError when a primary is
   * needed and there is none, NoFitNodeError when no node can serve the read, and PoolEndedError after end().
   */
  decide(need: Route, exclude?: ReadonlySet<string>): Decision {
    const { nodes, context } = this;
    if (nodes.isEnded) throw new PoolEndedError();
    // Usually there is nothing to exclude, which saves a copy.
    const decision = decide(need, nodes.topology, exclude?.size ? { ...context, exclude } : context);
    if (need.position && decision.node.role === 'primary') this.recovery.doubt(need.position);
    return decision;
  }
}
