import type { NodeAddress } from './connection-url';
import { electPrimary } from './elect-primary';

export type NodeRole = 'primary' | 'replica' | 'unknown';

/**
 * up: fit. lagging: answers, but too stale. suspect: missed one probe or failed a statement. down: missed too many.
 * draining: taken out of the configuration; finishes what it has. unknown: not judged yet, or not judgeable; never fit.
 */
export type NodeState = 'up' | 'lagging' | 'suspect' | 'down' | 'draining' | 'unknown';

/** What is known of one node. Fields that could not be measured are undefined, never zero. */
export interface NodeStatus {
  readonly address: NodeAddress;
  readonly role: NodeRole;
  readonly state: NodeState;
  /** Why it is in this state, for people: names the measured value and the limit. */
  readonly reason: string;
  /** How old the newest data on it can be, in milliseconds; an upper bound. Zero on the primary. */
  readonly stalenessMs?: number | undefined;
  /** WAL bytes between the primary's flushed position and what this node has replayed. */
  readonly lagBytes?: number | undefined;
  readonly systemId?: string | undefined;
  readonly timeline?: number | undefined;
  /** When it last became up, on the monitor's clock, in milliseconds: a node that returns starts slowly. */
  readonly upSinceMs?: number;
}

/** An immutable picture of the cluster. The monitor replaces it; nobody changes it. */
export interface TopologySnapshot {
  readonly nodes: readonly NodeStatus[];
  /** The one node that may be written to; undefined while there is none, or more than one. */
  readonly primary: NodeStatus | undefined;
  /** Why there is no primary; empty while there is one. */
  readonly noPrimaryBecause: string;
  /** Replicas that may serve reads. */
  readonly fitReplicas: readonly NodeStatus[];
  /** Replicas that answer but could not be proven fresh. Served only while there is no primary to be fresher. */
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
    staleReplicas: Object.freeze(replicas.filter((node) => node.state === 'lagging')),
  });
}

function highestOf(nodes: readonly NodeStatus[]): number | undefined {
  const timelines = nodes.flatMap((node) => (node.timeline === undefined ? [] : [node.timeline]));
  return timelines.length === 0 ? undefined : Math.max(...timelines);
}
