/** One version of a key, written by one committed transaction. */
export interface Version {
  readonly key: string;
  readonly version: number;
  /** The operation that wrote it. */
  readonly writer: string;
  /** The idempotency key of the request that wrote it. */
  readonly request: string | undefined;
  readonly timeline: Timeline;
  /** Where its commit record ends. */
  readonly lsn: number;
  /**
   * When it became visible on the primary that wrote it, in the order of all commits; Infinity until then.
   */
  visibleAs: number;
  visibleAtMs: number;
  /** Whether a replica has shown it before. */
  isSeenEarly: boolean;
}

/** The log of one transaction. */
export interface CommitRecord {
  readonly lsn: number;
  readonly versions: readonly Version[];
}

/**
 * The log of one timeline: what was committed on it, in order. A timeline begins where a server was promoted,
 * and has the history of its parent up to there.
 */
export class Timeline {
  readonly records: CommitRecord[] = [];
  /** What a crash has undone, because it was not flushed. */
  readonly undone: CommitRecord[] = [];
  /** When the log was flushed, and up to where. */
  readonly #flushes: { readonly lsn: number; readonly atMs: number }[] = [];
  readonly #chains = new Map<string, Version[]>();

  constructor(
    readonly id: number,
    readonly parent: Timeline | undefined,
    /** Where it left its parent. */
    readonly forkLsn: number,
  ) {}

  append(record: CommitRecord): void {
    this.records.push(record);
    for (const version of record.versions) {
      const chain = this.#chains.get(version.key);
      if (chain) chain.push(version);
      else this.#chains.set(version.key, [version]);
    }
  }

  flushed(lsn: number, atMs: number): void {
    if (lsn > (this.#flushes.at(-1)?.lsn ?? 0)) this.#flushes.push({ lsn, atMs });
  }

  /** When the first commit beyond this position was flushed; undefined when there is none. */
  firstFlushBeyond(lsn: number, upTo = Infinity): number | undefined {
    const earlier = lsn < this.forkLsn ? this.parent?.firstFlushBeyond(lsn, this.forkLsn) : undefined;
    if (earlier !== undefined) return earlier;
    const next = firstWith(this.records, (record) => record.lsn > lsn);
    if (!next || next.lsn > upTo) return undefined;
    return firstWith(this.#flushes, (flush) => flush.lsn >= next.lsn)?.atMs;
  }

  /** Forgets what was not flushed when the server crashed. */
  truncate(flushedLsn: number): void {
    for (let last = this.records.at(-1); last && last.lsn > flushedLsn; last = this.records.at(-1)) {
      this.records.pop();
      this.undone.push(last);
      for (const { key } of last.versions) this.#chains.get(key)?.pop();
    }
  }

  /** The newest version up to this position that is visible. */
  read(key: string, lsn: number, isVisible: (version: Version) => boolean): Version | undefined {
    const chain = this.#chains.get(key);
    if (chain) {
      for (let index = chain.length - 1; index >= 0; index--) {
        const version = chain[index] as Version;
        if (version.lsn <= lsn && isVisible(version)) return version;
      }
    }
    return this.parent?.read(key, Math.min(lsn, this.forkLsn), isVisible);
  }

  /** Up to where `other` is part of this timeline's history; 0 when nothing of it is. */
  sharedWith(other: Timeline, upTo = Infinity): number {
    if (this === other) return upTo;
    return this.parent?.sharedWith(other, Math.min(upTo, this.forkLsn)) ?? 0;
  }

  /** All versions in the history of this timeline, in order. */
  *versions(upTo = Infinity): Generator<Version> {
    if (this.parent) yield* this.parent.versions(Math.min(upTo, this.forkLsn));
    for (const { lsn, versions } of this.records) if (lsn <= upTo) yield* versions;
  }
}

/** The first item for which the condition holds, which holds for all items behind it. */
function firstWith<T>(items: readonly T[], holds: (item: T) => boolean): T | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) high = middle;
    else low = middle + 1;
  }
  return items[low];
}
