import { electPrimary } from './elect-primary';
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
}

/** Sorts the nodes once, when the snapshot is made, so that picking one costs nothing. See electPrimary. */
export function makeSnapshot(nodes: readonly NodeStatus[], highestTimeline?: number): TopologySnapshot {
  const replicas = nodes.filter((node) => node.role === 'replica');
  const election = electPrimary(nodes, highestTimeline ?? highestOf(nodes));
  return Object.freeze({
    nodes: Object.freeze([...nodes]),
    primary: election.primary,
    noPrimaryBecause: election.primary ? '' : election.because,
    fitReplicas: Object.freeze(replicas.filter((node) => node.state === 'up')),
    staleReplicas: Object.freeze(
      replicas.filter((node) => node.state === 'lagging' || node.state === 'suspect'),
    ),
  });
}

/** The node that goes by this name, or has it as another name. */
export function nodeNamed({ nodes }: TopologySnapshot, name: string): NodeStatus | undefined {
  return nodes.find(({ address, aliases }) => address.name === name || aliases?.includes(name));
}

function highestOf(nodes: readonly NodeStatus[]): number | undefined {
  const timelines = nodes.flatMap((node) => (node.timeline === undefined ? [] : [node.timeline]));
  return timelines.length === 0 ? undefined : Math.max(...timelines);
}
