import type { StatementReport } from 'db-routing';
import { kindOf, type NodeCounts, type StatementKind } from './feed-event';

const FIRST_BOUND_MS = 0.1;
const LAST_BOUND_MS = 10_000;
/** Each bound is this many times the one before, so a quantile is off by at most a quarter. */
const BOUND_RATIO = 1.25;

export const LATENCY_BOUNDS_MS: readonly number[] = bounds();

interface Counts {
  readonly kinds: Record<StatementKind, number>;
  failed: number;
  readonly latency: number[];
}

/** Counts statements by node and kind, and answered ones by latency. */
export class StatementCounts {
  readonly #nodes = new Map<string, Counts>();

  add(report: StatementReport): void {
    const { node, outcome, durationMs } = report;
    let counts = this.#nodes.get(node);
    if (!counts) {
      counts = newCounts();
      this.#nodes.set(node, counts);
    }
    counts.kinds[kindOf(report)] += 1;
    if (outcome === 'failed' || outcome === 'lost') counts.failed += 1;
    if (outcome === 'answered') {
      const bucket = bucketOf(durationMs);
      counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1;
    }
  }

  /** The counts of these nodes; those of all others, which have been removed, end. */
  of(nodes: readonly string[]): NodeCounts[] {
    for (const node of this.#nodes.keys()) if (!nodes.includes(node)) this.#nodes.delete(node);
    return [...this.#nodes].map(([node, counts]) => ({ node, ...counts }));
  }
}

export function bucketOf(durationMs: number): number {
  if (durationMs <= FIRST_BOUND_MS) return 0;
  const bucket = Math.ceil(Math.log(durationMs / FIRST_BOUND_MS) / Math.log(BOUND_RATIO));
  return Math.min(bucket, LATENCY_BOUNDS_MS.length);
}

function newCounts(): Counts {
  return {
    kinds: { read: 0, write: 0, 'in-transaction': 0, retried: 0, hedged: 0 },
    failed: 0,
    latency: new Array<number>(LATENCY_BOUNDS_MS.length + 1).fill(0),
  };
}

function bounds(): number[] {
  const count = Math.ceil(Math.log(LAST_BOUND_MS / FIRST_BOUND_MS) / Math.log(BOUND_RATIO)) + 1;
  return Array.from({ length: count }, (_, index) => FIRST_BOUND_MS * BOUND_RATIO ** index);
}
