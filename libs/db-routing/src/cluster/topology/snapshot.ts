import { electPrimary, isWritable } from './elect-primary';
import type { NodeStatus } from './node-status';

export type { NodeRole, NodeState, NodeStatus } from './node-status';

/** An immutable picture of the cluster. Only the monitor replaces it. */
export interface TopologySnapshot {
  readonly nodes: readonly NodeStatus[];
  /** The one node that gets writes; undefined while there is none, or more than one candidate. */
  readonly primary: NodeStatus | undefined;
  /** Why there is no primary; empty while there is one. */
  readonly noPrimaryBecause: string;
  /** Replicas that may serve reads. */
  readonly fitReplicas: readonly NodeStatus[];
  /** Replicas that are not proven fresh, or are in doubt. They serve reads only while there is no primary. */
  readonly staleReplicas: readonly NodeStatus[];
  /**
   * Nodes that accept writes but get none while it is not certain which of them is the primary. They can
   * serve reads.
   */
  readonly fencedPrimaries: readonly NodeStatus[];
  /**
   * Whether reads on the primary stand in for a replica: there was a replica at some time, or a listed node
   * may turn out to be one.
   */
  readonly expectsReplicas: boolean;
}

/**
 * Makes a snapshot and sorts its nodes once, so that choosing one costs nothing. See electPrimary().
 * `hasSeenReplica`: whether there was a replica at any time.
 */
export function makeSnapshot(
  known: readonly NodeStatus[],
  highestTimeline?: number,
  hasSeenReplica = false,
): TopologySnapshot {
  const election = electPrimary(known, highestTimeline ?? highestOf(known));
  const nodes = election.primary ? known : markSplit(known);
  const replicas = nodes.filter((node) => node.role === 'replica');
  return Object.freeze({
    nodes: Object.freeze([...nodes]),
    primary: election.primary,
    noPrimaryBecause: election.primary ? '' : election.because,
    fitReplicas: Object.freeze(replicas.filter((node) => node.state === 'up')),
    staleReplicas: Object.freeze(
      replicas.filter((node) => node.state === 'lagging' || node.state === 'suspect'),
    ),
    fencedPrimaries: Object.freeze(nodes.filter((node) => node.isFenced)),
    expectsReplicas: hasSeenReplica || nodes.some((node) => mayBeReplica(node, election.primary)),
  });
}

/**
 * While there is no primary, writable nodes can serve reads; positions on a timeline count only where one
 * node alone writes it.
 */
function markSplit(nodes: readonly NodeStatus[]): readonly NodeStatus[] {
  const writable = nodes.filter(isWritable);
  if (writable.length === 0) return nodes;
  return nodes.map((node) =>
    Object.freeze({
      ...node,
      isFenced: isWritable(node),
      isContested: writable.filter(({ timeline }) => timeline === node.timeline).length > 1,
    }),
  );
}

/** A node that has never told its role may be a replica; a node of another cluster never is. */
function mayBeReplica(node: NodeStatus, primary: NodeStatus | undefined): boolean {
  // Another name of the primary, or an old primary; after a failover, `hasSeenReplica` is set.
  if (node.role === 'primary') return false;
  return node.systemId === undefined || primary?.systemId === undefined || node.systemId === primary.systemId;
}

/** Returns the node with this name, or with this as another name. */
export function nodeNamed({ nodes }: TopologySnapshot, name: string): NodeStatus | undefined {
  return nodes.find(({ address, aliases }) => address.name === name || aliases?.includes(name));
}

function highestOf(nodes: readonly NodeStatus[]): number | undefined {
  const timelines = nodes.flatMap((node) => (node.timeline === undefined ? [] : [node.timeline]));
  return timelines.length === 0 ? undefined : Math.max(...timelines);
}

/** Provides the topology as of the last probe. */
export interface HasTopology {
  readonly topology: TopologySnapshot;
}
