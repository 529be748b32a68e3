import type { Row } from '../world/statement';
import type { World } from '../world/world';

/** How many keys a read outside any session reads. */
const LATEST = 4;

/** What one process has written: code without a session of its own must see it. */
export class ProcessWrites {
  #versions = new Map<string, number>();
  #timeline = 0;
  /** The last one comes last. */
  readonly #latest = new Set<string>();

  constructor(
    private readonly service: string,
    private readonly world: Pick<World, 'timelines' | 'oracle'>,
  ) {}

  /** A write was acknowledged on the timeline. What was written on an older one may be lost. */
  acknowledged(rows: readonly Row[], timeline: number | undefined): void {
    if (timeline !== this.#current()) return;
    for (const { key, version } of rows) {
      this.#versions.set(key, Math.max(version, this.#versions.get(key) ?? 0));
      this.#latest.delete(key);
      this.#latest.add(key);
    }
  }

  /** The keys that were written last: a read of them shows best whether it misses something. */
  get latestKeys(): readonly string[] {
    return [...this.#latest].slice(-LATEST);
  }

  /** What a read that begins now must see; the returned function judges what it has seen. */
  expected(keys: readonly string[]): (rows: readonly Row[]) => void {
    const timeline = this.#current();
    const floors = new Map(keys.map((key) => [key, this.#versions.get(key) ?? 0]));
    return (rows) => {
      // A promotion may have left behind what was acknowledged.
      if (this.#current() !== timeline) return;
      for (const { key, version } of rows) {
        const floor = floors.get(key) ?? 0;
        if (version >= floor || this.#isUndone(key, floor)) continue;
        const what = `${this.service} saw version ${version} of ${key} outside any session, after it wrote ${floor}`;
        this.world.oracle.found('process-reads-its-writes', what);
      }
    };
  }

  /** Whether a crash has undone the version or a later one: its COMMIT did not wait until it was flushed. */
  #isUndone(key: string, version: number): boolean {
    return this.world.timelines.some(({ undone }) =>
      undone.some(({ versions }) => versions.some((one) => one.key === key && one.version >= version)),
    );
  }

  #current(): number {
    const { length } = this.world.timelines;
    if (length !== this.#timeline) this.#versions.clear();
    this.#timeline = length;
    return length;
  }
}
