import type { PoolClient, QueryConfig } from 'pg';
import type { Clock } from '../../../clock';
import { connectionInternals } from '../../protocol/driver-internals';
import { BOOK_LIMITS, type BookEntry, StatementBook } from '../../protocol/wire/statement-book';

/** One use of a statement that has a name on its connection. */
export interface PreparedUse {
  readonly entry: BookEntry;
  /** The server has parsed it at an earlier use: of what may be yesterday's schema. */
  readonly isKept: boolean;
}

/**
 * A kept statement failed before its values were bound: nothing of it was executed. What it was parsed for may be gone, or the values may be
 * at fault: run without its name, it says. Never seen by callers.
 */
export class KeptStatementError extends Error {
  constructor(
    readonly entry: BookEntry,
    override readonly cause: Error,
  ) {
    super(cause.message, { cause });
    this.name = new.target.name;
  }
}

/** What one exclusive connection has been told to prepare. */
export class ClientStatements {
  #book: StatementBook;
  #toClose: string[] = [];

  constructor(
    private readonly client: PoolClient,
    private readonly clock: Clock,
  ) {
    this.#book = this.#emptyBook();
  }

  #emptyBook(): StatementBook {
    return new StatementBook({ ...BOOK_LIMITS, now: () => this.clock.now() });
  }

  /** Counts a use, and gives the statement a name once it is used often. Undefined: it is sent as it came. */
  prepare(config: QueryConfig | string, values: unknown[] | undefined): PreparedUse | undefined {
    const isText = typeof config === 'string';
    const text = isText ? config : config.text;
    // Without values it may be several statements in one text, which cannot be prepared.
    const count = (values ?? (isText ? undefined : config.values))?.length ?? 0;
    if (count === 0 || (!isText && config.name !== undefined)) return undefined;
    let entry = this.#book.use(text, undefined);
    if (this.#book.isOld(entry)) {
      this.forget(entry);
      entry = this.#book.use(text, undefined);
    }
    entry.isSingle = true;
    if (entry.state === 'prepared') return { entry, isKept: true };
    if (!this.#book.shouldPrepare(entry, false)) return undefined;
    const evicted = this.#book.startPreparing(entry);
    if (evicted !== undefined) this.#close(evicted);
    for (const name of this.#toClose.splice(0)) this.#driver.close({ type: 'S', name });
    return { entry, isKept: false };
  }

  /** The server has deallocated everything. */
  forgetAll(): void {
    this.#book = this.#emptyBook();
    this.#toClose = [];
  }

  succeeded(entry: BookEntry): void {
    this.#book.markPrepared(entry);
  }

  /** The server keeps what it has parsed, though it failed to run: another name for it would be one more to keep. */
  failed(entry: BookEntry): void {
    if (entry.name in this.#driver.parsedStatements) this.#book.markPrepared(entry);
    else this.#book.markUnprepared(entry);
  }

  /** It is of an older schema: the next use counts from the beginning. */
  forget(entry: BookEntry): void {
    if (this.#book.forget(entry)) this.#close(entry.name);
  }

  get #driver(): ReturnType<typeof connectionInternals> {
    return connectionInternals(this.client.connection);
  }

  /** Told to the server with the next statement that is prepared: the message is answered only with what follows it. */
  #close(name: string): void {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the driver's own bookkeeping
    delete this.#driver.parsedStatements[name];
    this.#toClose.push(name);
  }
}
