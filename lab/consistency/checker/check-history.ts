import type { HistoryLine } from '../history/lines';
import {
  atomicityViolations,
  ghostViolations,
  lostViolations,
  repeatViolations,
  replicaWriteViolations,
} from './effects';
import { boundedViolations, staleReads, strongViolations } from './freshness';
import { HistoryIndex } from './history-index';
import { hasVanished, sessionViolations } from './sessions';
import { refusalViolations, tokenViolations } from './tokens';
import type { Violation } from './violation';

export interface Verdict {
  readonly violations: readonly Violation[];
  /**
   * Eventual reads that missed a write. Without any, the history shows nothing about reads from stale
   * replicas.
   */
  readonly staleEventualReads: number;
  readonly staleBoundedReads: number;
  /** Reads of unacknowledged writes that a failover has undone: no promise covers them. */
  readonly readsOfVanishedWrites: number;
}

/** Judges a history. A pure function of the history's lines. */
export function checkHistory(lines: readonly HistoryLine[]): Verdict {
  const history = new HistoryIndex(lines);
  return {
    violations: violationsOf(history),
    staleEventualReads: staleReads(history, 'eventual'),
    staleBoundedReads: staleReads(history, 'bounded'),
    readsOfVanishedWrites: history.operations.filter(({ reads }) =>
      reads.some((seen) => hasVanished(history, seen)),
    ).length,
  };
}

/** Everything in a history that breaks a promise. */
export function violationsIn(lines: readonly HistoryLine[]): readonly Violation[] {
  return violationsOf(new HistoryIndex(lines));
}

function violationsOf(history: HistoryIndex): readonly Violation[] {
  return [
    ...sessionViolations(history),
    ...strongViolations(history),
    ...boundedViolations(history),
    ...lostViolations(history),
    ...ghostViolations(history),
    ...repeatViolations(history),
    ...atomicityViolations(history),
    ...tokenViolations(history),
    ...refusalViolations(history),
    ...replicaWriteViolations(history),
  ];
}
