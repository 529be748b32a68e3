import type { Clock } from '../../../clock';
import type { RowShape } from './row-shape';

/** One statement as one connection knows it. */
export interface BookEntry {
  readonly key: string;
  readonly text: string;
  name: string;
  state: 'counted' | 'preparing' | 'prepared';
  uses: number;
  lastUse: number;
  /** It is known to be one statement: several in one text cannot be prepared. */
  isSingle: boolean;
  /** How its rows are read, once it has been described. A prepared statement cannot change it: it fails instead (0A000). */
  shape: RowShape | undefined;
  /** When the server was told of it, on the book's clock. */
  keptSinceMs: number;
  /** Answers in a row that came quickly. */
  quickRuns: number;
}

export interface StatementBookOptions {
  /** A statement is prepared at this use. */
  readonly threshold: number;
  /** Statements prepared at once. */
  readonly maxPrepared: number;
  readonly clock: Clock;
}

/** pgjdbc's defaults (prepareThreshold, preparedStatementCacheQueries). */
export const BOOK_LIMITS = { threshold: 5, maxPrepared: 256 } as const;

/**
 * How long a statement is kept. The server pins the types of its parameters: a column that was a `date` when it was parsed, and is a
 * `timestamptz` now, would be given days for as long as the connection lives, and nothing would fail.
 */
const MAX_KEPT_MS = 60_000;
/** Texts counted for each that may be prepared. */
const COUNTED_PER_PREPARED = 4;

/** Which statements one connection has been told, and under which names: pgjdbc's rule, a threshold and a bound. */
export class StatementBook {
  readonly #entries = new Map<string, BookEntry>();
  #uses = 0;
  #names = 0;
  #prepared = 0;
  readonly #maxEntries: number;

  constructor(private readonly options: StatementBookOptions) {
    this.#maxEntries = COUNTED_PER_PREPARED * options.maxPrepared;
  }

  /** Statements that are prepared, or about to be. */
  get preparedCount(): number {
    return this.#prepared;
  }

  /** Counts a use of the text; under the caller's own name, where there is one. Throws if the name stands for another text. */
  use(text: string, ownName: string | undefined): BookEntry {
    // A text never starts with a zero byte: the server would not take it.
    const key = ownName === undefined ? text : `\0${ownName}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (this.#entries.size >= this.#maxEntries) this.#forgetOldest('counted');
      entry = {
        key,
        text,
        name: ownName ?? '',
        state: 'counted',
        uses: 0,
        lastUse: 0,
        isSingle: ownName !== undefined,
        shape: undefined,
        keptSinceMs: 0,
        quickRuns: 0,
      };
      this.#entries.set(key, entry);
    }
    if (entry.text !== text) {
      throw new Error(
        `Prepared statements must be unique - '${entry.name}' was used for a different statement`,
      );
    }
    entry.uses += 1;
    entry.lastUse = ++this.#uses;
    return entry;
  }

  /** It was parsed so long ago that the schema may well be another by now. */
  isOld({ state, keptSinceMs }: BookEntry): boolean {
    return state === 'prepared' && this.options.clock.now() - keptSinceMs > MAX_KEPT_MS;
  }

  /** How often in a row the text was answered quickly of late. */
  quickRunsOf(text: string): number {
    return this.#entries.get(text)?.quickRuns ?? 0;
  }

  /** Whether this use is the one that prepares it: a new name must not be used again before the server has taken it. */
  shouldPrepare(entry: BookEntry, isUrgent: boolean): boolean {
    return entry.state === 'counted' && entry.isSingle && (isUrgent || entry.uses >= this.options.threshold);
  }

  /** Gives it its name. Returns the name of the statement that has to make room, which the server must be told to close. */
  startPreparing(entry: BookEntry): string | undefined {
    const evicted =
      this.#prepared >= this.options.maxPrepared ? this.#forgetOldest('prepared')?.name : undefined;
    if (entry.name === '') entry.name = `stmt_${++this.#names}`;
    entry.state = 'preparing';
    entry.keptSinceMs = this.options.clock.now();
    this.#prepared += 1;
    return evicted;
  }

  /** The server has taken the name. */
  markPrepared(entry: BookEntry): void {
    if (entry.state === 'preparing') entry.state = 'prepared';
  }

  /** It did not come to that: counting begins anew. */
  markUnprepared(entry: BookEntry): void {
    if (entry.state !== 'preparing') return;
    this.#prepared -= 1;
    entry.state = 'counted';
    entry.uses = 0;
    if (!entry.key.startsWith('\0')) entry.name = '';
  }

  /** The server does not know the name any more, or not in this form. True for whoever says it first. */
  forget(entry: BookEntry): boolean {
    if (this.#entries.get(entry.key) !== entry) return false;
    this.#entries.delete(entry.key);
    if (entry.state !== 'counted') this.#prepared -= 1;
    return true;
  }

  /** Rare, so a scan does; keeping them in order would cost something at every use. */
  #forgetOldest(state: 'counted' | 'prepared'): BookEntry | undefined {
    let oldest: BookEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.state === state && (oldest === undefined || entry.lastUse < oldest.lastUse)) oldest = entry;
    }
    if (oldest) this.forget(oldest);
    return oldest;
  }
}
