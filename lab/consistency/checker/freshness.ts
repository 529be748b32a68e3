import type { OperationLine } from '../history/lines';
import { acknowledgedFloors, type TimelineFloors } from './floors';
import type { HistoryIndex } from './history-index';
import { hasVanished } from './sessions';
import { type Violation, violationOf } from './violation';

/**
 * A strong read shows every write that was acknowledged, and every version that a strong read has shown,
 * before it began.
 */
export function strongViolations(history: HistoryIndex): Violation[] {
  const strong = readsOf(history, 'strong');
  const floors = acknowledgedFloors(history, strong);
  for (const { reads, endMs, timeline } of strong) {
    for (const seen of reads) if (!hasVanished(history, seen)) floors.add(seen, endMs, timeline);
  }
  return strong.flatMap((operation) =>
    below(operation, floors, operation.startMs).map(({ key, version, floor }) =>
      violationOf(
        'strong-reads',
        operation,
        `${key} was version ${version}, when version ${floor} was known`,
      ),
    ),
  );
}

/**
 * A bounded read shows every write acknowledged longer ago than its bound; the tolerance allows for what
 * probing cannot see.
 */
export function boundedViolations(history: HistoryIndex): Violation[] {
  const bounded = readsOf(history, 'bounded');
  const floors = acknowledgedFloors(history, bounded);
  return bounded.flatMap((operation) => {
    const allowedMs =
      (operation.maxStalenessMs ?? 0) + (operation.stoodStillMs ?? 0) + history.probingToleranceMs;
    return below(operation, floors, operation.startMs - allowedMs).map(({ key, version, floor }) =>
      violationOf(
        'bounded-staleness',
        operation,
        `${key} was version ${version}, when version ${floor} was acknowledged more than ${allowedMs} ms before`,
      ),
    );
  });
}

/** Reads that missed writes acknowledged before they began, in any session; allowed at the level eventual. */
export function staleReads(history: HistoryIndex, level: 'eventual' | 'bounded'): number {
  const reads = readsOf(history, level);
  const floors = acknowledgedFloors(history, reads);
  return reads.filter((operation) => below(operation, floors, operation.startMs).length > 0).length;
}

function readsOf({ operations }: HistoryIndex, level: OperationLine['level']): OperationLine[] {
  return operations.filter((operation) => operation.outcome === 'ok' && operation.level === level);
}

function below(
  { reads, timeline }: OperationLine,
  floors: TimelineFloors,
  atMs: number,
): { key: string; version: number; floor: number }[] {
  const missed: { key: string; version: number; floor: number }[] = [];
  for (const { key, version } of reads) {
    const floor = floors.before(key, atMs, timeline);
    if (version < floor) missed.push({ key, version, floor });
  }
  return missed;
}
