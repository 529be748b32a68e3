import type { FeedEvent } from '@app/service-kit';

type Counts = FeedEvent['counts'][number];

/** What one node did for one service, or for all of them, a second. */
export interface NodeRates {
  readonly reads: number;
  readonly writes: number;
  readonly retried: number;
  readonly hedged: number;
  readonly failed: number;
  /** How many statements had which latency, since the last measurement. */
  readonly latency: readonly number[];
}

/** Makes rates of the feed's full counts. */
export class RateMeter {
  #before: FeedEvent | undefined;
  #rates: ReadonlyMap<string, NodeRates> = new Map();
  #boundsMs: readonly number[] = [];

  begin(boundsMs: readonly number[]): void {
    this.#boundsMs = boundsMs;
    this.#before = undefined;
    this.#rates = new Map();
  }

  get boundsMs(): readonly number[] {
    return this.#boundsMs;
  }

  /** The rates between the event of the last call and this one; empty at the first. */
  measure(event: FeedEvent): ReadonlyMap<string, NodeRates> {
    const before = this.#before;
    if (before === event) return this.#rates;
    this.#before = event;
    // A restart of the service has set all counts back to zero.
    this.#rates =
      before?.countedSince === event.countedSince
        ? ratesOfNodes(before, event)
        : new Map<string, NodeRates>();
    return this.#rates;
  }
}

function ratesOfNodes(before: FeedEvent, now: FeedEvent): ReadonlyMap<string, NodeRates> {
  const seconds = (Date.parse(now.at) - Date.parse(before.at)) / 1_000;
  if (seconds <= 0) return new Map();
  const old = new Map(before.counts.map((counts) => [counts.node, counts]));
  return new Map(
    now.counts.map((counts) => [counts.node, ratesBetween(old.get(counts.node), counts, seconds)]),
  );
}

function ratesBetween(before: Counts | undefined, now: Counts, seconds: number): NodeRates {
  const kind = (name: keyof Counts['kinds']): number =>
    (now.kinds[name] - (before?.kinds[name] ?? 0)) / seconds;
  return {
    // A hedged read is a second attempt, which the node serves too.
    reads: kind('read') + kind('hedged'),
    writes: kind('write') + kind('in-transaction'),
    retried: kind('retried'),
    hedged: kind('hedged'),
    failed: (now.failed - (before?.failed ?? 0)) / seconds,
    latency: now.latency.map((count, index) => count - (before?.latency[index] ?? 0)),
  };
}

/** Adds what several services measured of the same node. */
export function sumOf(rates: readonly NodeRates[]): NodeRates {
  const sum = (field: 'reads' | 'writes' | 'retried' | 'hedged' | 'failed'): number =>
    rates.reduce((total, each) => total + each[field], 0);
  const buckets = Math.max(0, ...rates.map(({ latency }) => latency.length));
  return {
    reads: sum('reads'),
    writes: sum('writes'),
    retried: sum('retried'),
    hedged: sum('hedged'),
    failed: sum('failed'),
    latency: Array.from({ length: buckets }, (_, index) =>
      rates.reduce((total, { latency }) => total + (latency[index] ?? 0), 0),
    ),
  };
}
