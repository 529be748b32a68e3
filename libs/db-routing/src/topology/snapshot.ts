import type { NodeAddress } from './connection-url';

export type NodeRole = 'primary' | 'replica' | 'unknown';

/**
 * up: fit. lagging: answers, but too stale. suspect: missed one probe or failed a statement.
 * down: missed too many. unknown: not judged yet, or not judgeable; never fit.
 */
export type NodeState = 'up' | 'lagging' | 'suspect' | 'down' | 'unknown';

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
  readonly systemId?: string;
  readonly timeline?: number;
}

/** An immutable picture of the cluster. The monitor replaces it; nobody changes it. */
export interface TopologySnapshot {
  readonly nodes: readonly NodeStatus[];
  /** The one node that may be written to; undefined while there is none, or more than one. */
  readonly primary: NodeStatus | undefined;
  /** Replicas that may serve reads. */
  readonly fitReplicas: readonly NodeStatus[];
  /** Replicas that answer but could not be proven fresh. Served only while there is no primary to be fresher. */
  readonly staleReplicas: readonly NodeStatus[];
}

/** Sorts the nodes once, when the snapshot is made, so that picking one costs nothing. */
export function makeSnapshot(nodes: readonly NodeStatus[]): TopologySnapshot {
  // A single missed probe must not stop writes: a suspect primary is still the primary.
  const writable = nodes.filter(
    (node) => node.role === 'primary' && (node.state === 'up' || node.state === 'suspect'),
  );
  const replicas = nodes.filter((node) => node.role === 'replica');
  // After a promotion the old primary may come back writable: the higher timeline is the later history.
  const newest = Math.max(...writable.map((node) => node.timeline ?? 0));
  const leaders = writable.filter((node) => (node.timeline ?? 0) === newest);
  return Object.freeze({
    nodes: Object.freeze([...nodes]),
    primary: leaders.length === 1 ? leaders[0] : undefined,
    fitReplicas: replicas.filter((node) => node.state === 'up'),
    staleReplicas: replicas.filter((node) => node.state === 'lagging'),
  });
}
