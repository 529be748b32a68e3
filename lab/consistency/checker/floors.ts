import type { OperationLine } from '../history/lines';

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

/** From all writes, each at the time it was acknowledged. */
export function acknowledgedFloors(operations: readonly OperationLine[]): Floors {
  const floors = new Floors();
  for (const { outcome, writes, endMs } of operations) {
    if (outcome !== 'ok') continue;
    for (const { key, version } of writes) if (version !== undefined) floors.add(key, endMs, version);
  }
  return floors;
}
