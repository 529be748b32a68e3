import type { NodeStatus } from '../cluster/topology/snapshot';

/** What a health report says about one node. */
export interface NodeHealthReport {
  readonly status: 'up' | 'down';
  readonly role: NodeStatus['role'];
  readonly state: NodeStatus['state'];
  /** In milliseconds; null when unknown. */
  readonly stalenessMs: number | null;
  readonly lagBytes: number | null;
  readonly reason: string;
  /** Other listed names that lead to the same server. */
  readonly aliases?: readonly string[];
}

export function nodeHealthReport(node: NodeStatus): NodeHealthReport {
  const { role, state, stalenessMs, lagBytes, reason, aliases } = node;
  return {
    status: state === 'up' ? 'up' : 'down',
    role,
    state,
    stalenessMs: stalenessMs === undefined ? null : Math.round(stalenessMs),
    lagBytes: lagBytes ?? null,
    reason,
    ...(aliases && { aliases }),
  };
}
