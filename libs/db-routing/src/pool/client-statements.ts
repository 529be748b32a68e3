import type { PoolClient, QueryConfig } from 'pg';
import { type BookEntry, StatementBook } from './lanes/statement-book';
import { isPlansFault } from './pg-errors';

/** pgjdbc's defaults (prepareThreshold, preparedStatementCacheQueries). */
const PREPARE_THRESHOLD = 5;
const MAX_PREPARED = 256;

/** The driver's own note of what it has prepared; it sends no Parse for a name that stands there. */
export interface DriverStatements {
  readonly parsedStatements: Record<string, string>;
  /** Sent, and not yet parsed. */
  readonly submittedNamedStatements: Record<string, string>;
}

/**
 * What the connections of one node have prepared. A schema change outdates the plans of all of them at once: when one connection
 * meets it, the others are replaced, too.
 */
export interface NodeStatements {
  generation: number;
}

/** What one exclusive connection has been told to prepare. */
export class ClientStatements {
  #book = newBook();
  readonly #generation: number;

  constructor(
    private readonly client: PoolClient,
    private readonly node: NodeStatements,
  ) {
    this.#generation = node.generation;
  }

  /** Its plans are of an older schema: it prepares nothing any more, and should not be used for long. */
  get isOutdated(): boolean {
    return this.#generation !== this.node.generation;
  }

  /** Counts a use, and gives the statement a name once it is used often. Undefined: it is sent as it came. */
  prepare(config: QueryConfig | string, values: unknown[] | undefined): BookEntry | undefined {
    const isText = typeof config === 'string';
    const text = isText ? config : config.text;
    // Without values it may be several statements in one text, which cannot be prepared.
    const count = (values ?? (isText ? undefined : config.values))?.length ?? 0;
    if (this.isOutdated || count === 0 || (!isText && config.name !== undefined)) return undefined;
    const entry = this.#book.use(text, undefined);
    entry.isSingle = true;
    if (this.#book.shouldPrepare(entry, false)) {
      const evicted = this.#book.startPreparing(entry);
      if (evicted !== undefined) this.#deallocate(evicted);
    } else if (entry.state !== 'prepared') return undefined;
    return entry;
  }

  /** The server has deallocated everything. */
  forgetAll(): void {
    this.#book = newBook();
  }

  succeeded(entry: BookEntry): void {
    this.#book.markPrepared(entry);
  }

  /** Whether the plan is at fault, not the statement: nothing was executed. */
  failed(entry: BookEntry, error: unknown): boolean {
    if (!isPlansFault(error)) {
      // The server keeps what it has parsed, though it failed to run: another name for it would be one more to keep.
      if (entry.name in this.#driver.parsedStatements) this.#book.markPrepared(entry);
      else this.#book.markUnprepared(entry);
      return false;
    }
    if (!this.isOutdated) this.node.generation += 1;
    return true;
  }

  get #driver(): DriverStatements {
    return this.client.connection as unknown as DriverStatements;
  }

  #deallocate(name: string): void {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the driver's own bookkeeping
    delete this.#driver.parsedStatements[name];
    // In a transaction that has failed it is refused, and the statement stays until the connection ends.
    this.client.query(`DEALLOCATE "${name}"`).catch(() => undefined);
  }
}

function newBook(): StatementBook {
  return new StatementBook({ threshold: PREPARE_THRESHOLD, maxPrepared: MAX_PREPARED });
}
