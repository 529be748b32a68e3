import type { Observation, OperationLine } from '../history/lines';
import type { HistoryIndex } from './history-index';
import { Owed } from './owed';
import { type Violation, violationOf } from './violation';

/**
 * Read your writes, and monotonic reads: a read of the levels strong and session shows every write that was
 * acknowledged to its session, and nothing older than what the session has seen. Reads of the level eventual
 * neither count as seen nor are checked; bounded ones count as seen, but may see older data.
 */
export function sessionViolations(history: HistoryIndex): Violation[] {
  const violations: Violation[] = [];
  for (const operations of history.bySession().values()) {
    const owed = new Owed(history);
    let underWay: OperationLine[] = [];
    for (const operation of operations) {
      // Concurrent operations of a session need not see each other's effects.
      underWay = underWay.filter((earlier) => {
        if (earlier.endMs > operation.startMs) return true;
        learn(history, owed, earlier);
        return false;
      });
      if (operation.outcome !== 'ok') continue;
      underWay.push(operation);
      const older = olderTimeline(operation);
      if (older !== undefined) violations.push(violationOf('monotonic-reads', operation, older));
      for (const seen of operation.reads) {
        const floor = owed.floor(seen.key, operation.timeline);
        if (!floor || seen.version >= floor.version || !keepsSession(operation)) continue;
        if (!history.isEarly(seen.key, floor.version, operation)) {
          const message = `${seen.key} was version ${seen.version}, after version ${floor.version} in ${floor.since}`;
          violations.push(violationOf(floor.by, operation, message));
        }
      }
    }
  }
  return violations;
}

/**
 * A session that has seen a timeline never reads from a server of an older one: not on the level `session`,
 * and not with a strong read, although another session's strong read may.
 */
function olderTimeline(operation: OperationLine): string | undefined {
  const { reads, timeline, tokenIn } = operation;
  if (timeline === undefined || tokenIn === undefined || reads.length === 0) return undefined;
  return keepsSession(operation) && timeline < tokenIn.timeline
    ? `it read on timeline ${timeline}, after timeline ${tokenIn.timeline}`
    : undefined;
}

/** From now on, the session must see what the operation has seen and written. */
function learn(history: HistoryIndex, owed: Owed, operation: OperationLine): void {
  const { id, level, reads, writes } = operation;
  if (level !== 'eventual') {
    for (const seen of reads) {
      if (!hasVanished(history, seen)) owed.raise(seen, 'monotonic-reads', id);
    }
  }
  for (const { key, version } of writes) {
    if (version !== undefined && !history.isLost(key, version, id))
      owed.raise({ key, version, writer: id }, 'read-your-writes', id);
  }
}

/**
 * A version that a replica has shown and a failover has undone, and whose write was never acknowledged. No
 * promise covers it, and no later read can show it. An acknowledged version that is missing is a lost write,
 * which another check reports.
 */
export function hasVanished(history: HistoryIndex, { key, version, writer }: Observation): boolean {
  if (history.survived(key, version, writer)) return false;
  if (history.isLost(key, version, writer)) return true;
  if (writer !== undefined) return history.byId(writer)?.outcome !== 'ok';
  return !history.operations.some(
    ({ outcome, writes }) =>
      outcome === 'ok' && writes.some((written) => written.key === key && written.version === version),
  );
}

function keepsSession({ level }: OperationLine): boolean {
  return level === 'strong' || level === 'session';
}
