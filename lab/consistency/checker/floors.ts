import type { Observation, OperationLine } from '../history/lines';
import type { HistoryIndex } from './history-index';

interface Floor {
  readonly atMs: number;
  /** The highest version known by then. */
  readonly version: number;
}

/** For each key, the highest version known by a given time, from the recorded events. */
export class Floors {
  readonly #events = new Map<string, { atMs: number; version: number }[]>();
  readonly #floors = new Map<string, Floor[]>();

  add(key: string, atMs: number, version: number): void {
    const events = this.#events.get(key);
    if (events) events.push({ atMs, version });
    else this.#events.set(key, [{ atMs, version }]);
  }

  /** The highest version recorded before the time; 0 when there is none. */
  before(key: string, atMs: number): number {
    const floors = this.#of(key);
    let low = 0;
    let high = floors.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((floors[middle]?.atMs ?? Infinity) < atMs) low = middle + 1;
      else high = middle;
    }
    return floors[low - 1]?.version ?? 0;
  }

  #of(key: string): Floor[] {
    const known = this.#floors.get(key);
    if (known) return known;
    let version = 0;
    const floors = (this.#events.get(key) ?? [])
      .sort((one, other) => one.atMs - other.atMs)
      .map((event) => ({ atMs: event.atMs, version: (version = Math.max(version, event.version)) }));
    this.#floors.set(key, floors);
    return floors;
  }
}

/**
 * The floors for reads on one timeline: a server of an older timeline need not have what was written on a
 * newer one, which it may not know of; and no server has what its timeline has left behind.
 */
export class TimelineFloors {
  readonly #byTimeline = new Map<number, Floors>();

  /** `timelines`: those of all reads. */
  constructor(
    private readonly history: HistoryIndex,
    timelines: Iterable<number | undefined>,
  ) {
    for (const timeline of timelines) this.#byTimeline.set(timeline ?? Infinity, new Floors());
  }

  /** A version was known from then on: written, or shown by a read on the timeline. */
  add(known: Observation, atMs: number, timeline = 0): void {
    for (const [of, floors] of this.#byTimeline) {
      if (timeline <= of && !this.history.isMissingOn(of, known)) floors.add(known.key, atMs, known.version);
    }
  }

  before(key: string, atMs: number, timeline: number | undefined): number {
    return this.#byTimeline.get(timeline ?? Infinity)?.before(key, atMs) ?? 0;
  }
}

/** From all writes that were not lost in a failover, each at the time it was acknowledged. */
export function acknowledgedFloors(history: HistoryIndex, reads: readonly OperationLine[]): TimelineFloors {
  const floors = new TimelineFloors(
    history,
    reads.map(({ timeline }) => timeline),
  );
  for (const { id, outcome, writes, endMs, timeline } of history.operations) {
    if (outcome !== 'ok') continue;
    for (const { key, version } of writes) {
      if (version !== undefined && !history.isLost(key, version, id))
        floors.add({ key, version, writer: id }, endMs, timeline);
    }
  }
  return floors;
}
