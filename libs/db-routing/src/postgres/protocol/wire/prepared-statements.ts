import type { Clock } from '../../../clock';
import type { RowShape } from '../rows/row-shape';

/** What one connection knows about one statement. */
export interface PreparedEntry {
  readonly key: string;
  readonly text: string;
  name: string;
  state: 'counted' | 'preparing' | 'prepared';
  uses: number;
  lastUse: number;
  /** The text is known to be a single statement; a text of several cannot be prepared. */
  isSingle: boolean;
  /**
   * How to read its rows, once the server has described them. The shape of a prepared statement never
   * changes: the statement fails instead (0A000).
   */
  shape: RowShape | undefined;
  /** The server has described its rows, or that it returns none. */
  isDescribed: boolean;
  /** When the server parsed the statement, on the book's clock. */
  keptSinceMs: number;
  /** Number of consecutive quick answers. */
  quickRuns: number;
}

export interface PreparedStatementsOptions {
  /** A statement is prepared at its nth use. */
  readonly threshold: number;
  /** Maximum number of prepared statements. */
  readonly maxPrepared: number;
  readonly clock: Clock;
}

/** The defaults of pgjdbc (prepareThreshold, preparedStatementCacheQueries). */
export const PREPARE_LIMITS = { threshold: 5, maxPrepared: 256 } as const;

/**
 * How long a statement is kept. The server fixes the types of its parameters: if a column changes from `date`
 * to `timestamptz` afterwards, the kept statement would silently truncate values to days for as long as the
 * connection lives.
 */
const MAX_KEPT_MS = 60_000;
/** Number of texts whose uses are counted, per statement that may be prepared. */
const COUNTED_PER_PREPARED = 4;

/**
 * The statements that one connection has prepared, and their names. Follows pgjdbc's rule: a threshold of
 * uses, and a bound on their number.
 */
export class PreparedStatements {
  readonly #entries = new Map<string, PreparedEntry>();
  #uses = 0;
  #names = 0;
  #prepared = 0;
  readonly #maxEntries: number;

  constructor(private readonly options: PreparedStatementsOptions) {
    this.#maxEntries = COUNTED_PER_PREPARED * options.maxPrepared;
  }

  /** Number of statements that are prepared or being prepared. */
  get preparedCount(): number {
    return this.#prepared;
  }

  /**
   * Counts a use of the text, under the caller's own name if given. Throws when that name already stands for
   * another text.
   */
  use(text: string, ownName: string | undefined): PreparedEntry {
    // The server accepts no zero byte in a text, so the two kinds of keys cannot collide.
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
        isDescribed: false,
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

  /** Whether the statement was parsed so long ago that the schema may have changed since. */
  isOld({ state, keptSinceMs }: PreparedEntry): boolean {
    return state === 'prepared' && this.options.clock.now() - keptSinceMs > MAX_KEPT_MS;
  }

  /** What is known about the text; undefined if it was not used, or forgotten. Counts no use. */
  entryOf(text: string): PreparedEntry | undefined {
    return this.#entries.get(text);
  }

  /** Number of consecutive quick answers to the text. */
  quickRunsOf(text: string): number {
    return this.entryOf(text)?.quickRuns ?? 0;
  }

  /**
   * Whether this use prepares the statement. A new name must not be used again before the server has accepted
   * it.
   */
  shouldPrepare(entry: PreparedEntry, isUrgent: boolean): boolean {
    return entry.state === 'counted' && entry.isSingle && (isUrgent || entry.uses >= this.options.threshold);
  }

  /**
   * Gives the statement a name. Returns the name of an evicted statement, if any, which the server must be
   * told to close.
   */
  startPreparing(entry: PreparedEntry): string | undefined {
    const evicted =
      this.#prepared >= this.options.maxPrepared ? this.#forgetOldest('prepared')?.name : undefined;
    if (entry.name === '') entry.name = `stmt_${++this.#names}`;
    entry.state = 'preparing';
    entry.keptSinceMs = this.options.clock.now();
    this.#prepared += 1;
    return evicted;
  }

  /** The server has accepted the name. */
  markPrepared(entry: PreparedEntry): void {
    if (entry.state === 'preparing') entry.state = 'prepared';
  }

  /** The server did not prepare the statement: counting starts again from zero. */
  markUnprepared(entry: PreparedEntry): void {
    if (entry.state !== 'preparing') return;
    this.#prepared -= 1;
    entry.state = 'counted';
    entry.uses = 0;
    if (!entry.key.startsWith('\0')) entry.name = '';
  }

  /**
   * Forgets a statement that the server no longer knows, or knows in an outdated form. Returns true for the
   * first call only.
   */
  forget(entry: PreparedEntry): boolean {
    if (this.#entries.get(entry.key) !== entry) return false;
    this.#entries.delete(entry.key);
    if (entry.state !== 'counted') this.#prepared -= 1;
    return true;
  }

  /**
   * Evictions are rare, so a scan is cheap enough; keeping the entries ordered would cost something at every
   * use.
   */
  #forgetOldest(state: 'counted' | 'prepared'): PreparedEntry | undefined {
    let oldest: PreparedEntry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.state === state && (oldest === undefined || entry.lastUse < oldest.lastUse)) oldest = entry;
    }
    if (oldest) this.forget(oldest);
    return oldest;
  }
}
