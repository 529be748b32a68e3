import type { Observation } from '../history/lines';
import type { HistoryIndex } from './history-index';

/** A version that a session has written or seen. */
interface Known extends Observation {
  readonly by: 'read-your-writes' | 'monotonic-reads';
  /** The operation that wrote or saw it. */
  readonly since: string;
}

/** The least that a session must see, of each key. */
export class Owed {
  readonly #known = new Map<string, Known[]>();

  constructor(private readonly history: HistoryIndex) {}

  /** From now on, reads of the session show at least this version, on timelines that have it. */
  raise(now: Observation, by: Known['by'], since: string): void {
    const { key, version, writer } = now;
    const { history } = this;
    const known = this.#known.get(key);
    const raised: Known = { key, version, writer, by, since };
    if (!known) {
      this.#known.set(key, [raised]);
      return;
    }
    for (const each of known) {
      if (each.version >= version && !history.isMissingSomewhere(each)) return;
    }
    // A version that some timeline never had leaves the older ones to be seen there.
    const isEverywhere = !history.isMissingSomewhere(now);
    const left = isEverywhere ? known.filter((each) => each.version > version) : known;
    this.#known.set(key, [...left, raised]);
  }

  /** The newest version that a read on the timeline must show. */
  floor(key: string, timeline: number | undefined): Known | undefined {
    let floor: Known | undefined;
    for (const each of this.#known.get(key) ?? []) {
      if (each.version > (floor?.version ?? 0) && !this.history.isMissingOn(timeline, each)) floor = each;
    }
    return floor;
  }
}
