import type { Clock, Random } from '../clock';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';
import { PoolEndedError } from '../errors';
import type { Balancer } from '../routing/balancer';
import { decide, type DecideContext, type Decision } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import type { NodeLoad } from '../routing/node-load';
import type { Route } from '../routing/route';
import type { LogPosition } from '../engine/position';
import type { ClusterNodes } from './nodes/cluster-nodes';
import type { ReplayProgress } from './positions/replay-progress';
import type { SessionRecovery } from './positions/session-recovery';

export interface NodeChoiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly balance: Balancer;
  readonly groups: ReplicaGroups;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  /** How long a read waits for a replica that has not replayed yet what its session has seen. */
  readonly positionWaitMs: number;
}

/** Decides on a node, from what is known at the moment: the snapshot, how busy each node is, how far each has replayed. */
export class NodeChoice implements DecideContext {
  readonly balance: Balancer;
  readonly groups: ReplicaGroups;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  readonly random: Random;
  readonly maxWaitMs: number;
  readonly loadOf: (node: NodeStatus) => number;

  constructor(
    private readonly nodes: ClusterNodes,
    load: NodeLoad,
    private readonly progress: ReplayProgress,
    private readonly recovery: SessionRecovery,
    options: NodeChoiceOptions,
  ) {
    this.balance = options.balance;
    this.groups = options.groups;
    this.isNear = options.isNear;
    this.random = options.random;
    this.maxWaitMs = options.positionWaitMs;
    this.loadOf = load.of;
  }

  get snapshot(): TopologySnapshot {
    return this.nodes.topology;
  }

  readonly waitMsUntil = ({ address }: NodeStatus, log: LogPosition): number =>
    this.progress.waitMsUntil(address.name, log);

  /** `exclude`: names of nodes that have just failed this statement. Throws NoPrimaryError, NoFitNodeError or PoolEndedError. */
  decide(need: Route, exclude?: ReadonlySet<string>): Decision {
    if (this.nodes.isEnded) throw new PoolEndedError();
    // Nearly always nothing is excluded: no copy then.
    const decision = decide(need, exclude?.size ? { ...this.#copy(), exclude } : this);
    if (need.position && decision.node.role === 'primary') this.recovery.doubt(need.position);
    return decision;
  }

  #copy(): DecideContext {
    const { snapshot, balance, loadOf, random, isNear, groups, waitMsUntil, maxWaitMs } = this;
    return { snapshot, balance, loadOf, random, isNear, groups, waitMsUntil, maxWaitMs };
  }
}
