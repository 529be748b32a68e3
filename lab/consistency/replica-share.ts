import { grouped } from './checker/history-index';
import type { OperationLine } from './history/lines';

export interface ReplicaShare {
  /** The number of answered session reads. */
  readonly reads: number;
  /** The share of them that replicas served: 0 to 1. */
  readonly served: number;
  /** The share if each session had stayed on the primary for a while after its own writes. */
  readonly withStickiness: number;
}

/**
 * How much of the load replicas served in one phase; the alternative is computed from the same operations.
 */
export function replicaShare(operations: readonly OperationLine[], stickyMs: number): ReplicaShare {
  let reads = 0;
  let served = 0;
  let free = 0;
  for (const own of grouped(operations, ({ session }) => session).values()) {
    let lastWriteMs = -Infinity;
    for (const { level, outcome, role, writes, startMs, endMs } of own) {
      if (writes.length > 0) lastWriteMs = endMs;
      if (level !== 'session' || outcome !== 'ok') continue;
      reads += 1;
      if (role === 'replica') served += 1;
      if (startMs - lastWriteMs >= stickyMs) free += 1;
    }
  }
  return { reads, served: served / reads, withStickiness: free / reads };
}
