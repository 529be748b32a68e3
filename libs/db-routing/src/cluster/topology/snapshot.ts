import { electPrimary, isWritable } from './elect-primary';
import type { NodeStatus } from './node-status';

export type { NodeRole, NodeState, NodeStatus } from './node-status';

/** An immutable picture of the cluster. The monitor replaces it; nobody changes it. */
export interface TopologySnapshot {
  readonly nodes: readonly NodeStatus[];
  /** The one node that may be written to; undefined while there is none, or more than one. */
  readonly primary: NodeStatus | undefined;
  /** Why there is no primary; empty while there is one. */
  readonly noPrimaryBecause: string;
  /** Replicas that may serve reads. */
  readonly fitReplicas: readonly NodeStatus[];
  /** Replicas that could not be proven fresh, or are in doubt. Served only while there is no primary to be fresher. */
  readonly staleReplicas: readonly NodeStatus[];
  /** Nodes that take writes and get none, while it cannot be told which of them is the primary. They can be read. */
  readonly fencedPrimaries: readonly NodeStatus[];
  /** Whether reads on the primary are there in a replica's place: there has been one, or a listed node may turn out to be one. */
  readonly expectsReplicas: boolean;
}

/**
 * Sorts the nodes once, when the snapshot is made, so that picking one costs nothing. See electPrimary.
 * `hasSeenReplica`: at any time, be it gone by now.
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

/** While nothing can be written, what takes writes can be read, and a session's position is worth something where only one node writes. */
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

/** One that has never said what it is may be one; one of another cluster never is. */
function mayBeReplica(node: NodeStatus, primary: NodeStatus | undefined): boolean {
  // Another name of the primary, or an old one: where there was a failover, a replica has been seen.
  if (node.role === 'primary') return false;
  return node.systemId === undefined || primary?.systemId === undefined || node.systemId === primary.systemId;
}

/** The node that goes by this name, or has it as another name. */
export function nodeNamed({ nodes }: TopologySnapshot, name: string): NodeStatus | undefined {
  return nodes.find(({ address, aliases }) => address.name === name || aliases?.includes(name));
}

function highestOf(nodes: readonly NodeStatus[]): number | undefined {
  const timelines = nodes.flatMap((node) => (node.timeline === undefined ? [] : [node.timeline]));
  return timelines.length === 0 ? undefined : Math.max(...timelines);
}

/** Knows the nodes as of the last probe. */
export interface HasTopology {
  readonly topology: TopologySnapshot;
}
