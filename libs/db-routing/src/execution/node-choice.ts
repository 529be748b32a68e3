import type { Random } from '../clock';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';
import type { ReplayProgress } from '../cluster/replay-progress';
import { PoolEndedError } from '../errors';
import type { Balancer } from '../routing/balancer';
import { decide, type DecideContext, type Decision } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import type { NodeLoad } from '../routing/node-load';
import type { Route } from '../routing/route';
import type { ClusterNodes } from './nodes/cluster-nodes';
import type { SessionRecovery } from './positions/session-recovery';

export interface NodeChoiceOptions {
  readonly random: Random;
  readonly balance: Balancer;
  readonly groups: ReplicaGroups;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  /** How long a read waits for a replica that has not replayed yet what its session has seen. */
  readonly positionWaitMs: number;
}

/** Decides on a node, from what is known at the moment: the snapshot, how busy each node is, how far each has replayed. */
export class NodeChoice {
  /** How nodes are chosen, for those who explain it. */
  readonly context: DecideContext;

  constructor(
    private readonly nodes: ClusterNodes,
    load: NodeLoad,
    progress: ReplayProgress,
    private readonly recovery: SessionRecovery,
    { random, balance, groups, isNear, positionWaitMs }: NodeChoiceOptions,
  ) {
    this.context = { random, balance, groups, isNear, progress, maxWaitMs: positionWaitMs, loadOf: load.of };
  }

  get snapshot(): TopologySnapshot {
    return this.nodes.topology;
  }

  /** `exclude`: names of nodes that have just failed this statement. Throws NoPrimaryError, NoFitNodeError or PoolEndedError. */
  decide(need: Route, exclude?: ReadonlySet<string>): Decision {
    const { nodes, context } = this;
    if (nodes.isEnded) throw new PoolEndedError();
    // Nearly always nothing is excluded: no copy then.
    const decision = decide(need, nodes.topology, exclude?.size ? { ...context, exclude } : context);
    if (need.position && decision.node.role === 'primary') this.recovery.doubt(need.position);
    return decision;
  }
}
