import type { Observation, OperationLine } from '../history/lines';
import type { HistoryIndex } from './history-index';
import { type Violation, violationOf } from './violation';

/** What a session may not see less of. */
interface Owed {
  readonly version: number;
  readonly by: 'read-your-writes' | 'monotonic-reads';
  readonly since: string;
}

/**
 * Read your writes, and monotonic reads: a read of the levels strong and session shows every write that was acknowledged to its session, and
 * nothing below what the session has seen. Reads of the level eventual are no part of what a session has seen, and are not held to it;
 * bounded ones count as seen, and may look further back.
 */
export function sessionViolations(history: HistoryIndex): Violation[] {
  const violations: Violation[] = [];
  for (const operations of history.bySession().values()) {
    const owed = new Map<string, Owed>();
    let underWay: OperationLine[] = [];
    for (const operation of operations) {
      // Of what a session does at the same time, nothing has to be seen by the rest.
      underWay = underWay.filter((earlier) => {
        if (earlier.endMs > operation.startMs) return true;
        learn(history, owed, earlier);
        return false;
      });
      if (operation.outcome !== 'ok') continue;
      underWay.push(operation);
      for (const seen of operation.reads) {
        const floor = owed.get(seen.key);
        if (floor && keepsSession(operation) && seen.version < floor.version) {
          const message = `${seen.key} was version ${seen.version}, after version ${floor.version} in ${floor.since}`;
          violations.push(violationOf(floor.by, operation, message));
        }
      }
    }
  }
  return violations;
}

/** What the operation has seen and written, its session is owed from now on. */
function learn(history: HistoryIndex, owed: Map<string, Owed>, operation: OperationLine): void {
  const { id, level, reads, writes } = operation;
  for (const seen of level === 'eventual' ? [] : reads) {
    if (hasVanished(history, seen)) continue;
    raise(owed, seen.key, { version: seen.version, by: 'monotonic-reads', since: id });
  }
  for (const { key, version } of writes) {
    if (version !== undefined) raise(owed, key, { version, by: 'read-your-writes', since: id });
  }
}

/**
 * What a replica has shown and a failover has undone: written, but acknowledged to nobody. No promise covers it, and nobody can
 * be shown it again. A version that was acknowledged has not vanished but was lost, which is judged elsewhere.
 */
export function hasVanished(history: HistoryIndex, { key, version, writer }: Observation): boolean {
  if (history.survived(key, version, writer)) return false;
  if (writer !== undefined) return history.byId(writer)?.outcome !== 'ok';
  return !history.operations.some(
    ({ outcome, writes }) =>
      outcome === 'ok' && writes.some((written) => written.key === key && written.version === version),
  );
}

function keepsSession({ level }: OperationLine): boolean {
  return level === 'strong' || level === 'session';
}

function raise(owed: Map<string, Owed>, key: string, now: Owed): void {
  const before = owed.get(key);
  if (!before || now.version > before.version) owed.set(key, now);
}
