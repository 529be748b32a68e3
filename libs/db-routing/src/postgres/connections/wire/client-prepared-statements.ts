import type { PoolClient, QueryConfig } from 'pg';
import type { Clock } from '../../../clock';
import { connectionInternals } from '../../protocol/driver-internals';
import { textOf } from '../../protocol/query-types';
import {
  PREPARE_LIMITS,
  type PreparedEntry,
  PreparedStatements,
} from '../../protocol/wire/prepared-statements';

/** One use of a prepared statement. */
export interface PreparedUse {
  readonly entry: PreparedEntry;
  /** Whether the server parsed the statement at an earlier use, perhaps for an older schema. */
  readonly isKept: boolean;
}

/** The prepared statements of one exclusive connection. */
export class ClientPreparedStatements {
  #book: PreparedStatements;
  #toClose: string[] = [];

  constructor(
    private readonly client: PoolClient,
    private readonly clock: Clock,
  ) {
    this.#book = this.#emptyBook();
  }

  #emptyBook(): PreparedStatements {
    return new PreparedStatements({ ...PREPARE_LIMITS, clock: this.clock });
  }

  /** Whether the statement would run under a name that the server has kept from an earlier use. */
  keeps(config: QueryConfig | string): boolean {
    if (typeof config !== 'string' && config.name !== undefined) return false;
    const entry = this.#book.entryOf(textOf(config));
    return entry?.state === 'prepared' && !this.#book.isOld(entry);
  }

  /** Counts a use, and names the statement once it is used often. Undefined: the caller sends it as it is. */
  prepare(config: QueryConfig | string, values: unknown[] | undefined): PreparedUse | undefined {
    const isText = typeof config === 'string';
    const text = isText ? config : config.text;
    // A text without values may hold several statements, which the server cannot prepare together.
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

  /** The server has deallocated all statements. */
  forgetAll(): void {
    this.#book = this.#emptyBook();
    this.#toClose = [];
  }

  /** The statement ran. */
  succeeded(entry: PreparedEntry): void {
    this.#book.markPrepared(entry);
  }

  /**
   * The statement failed. If the server has parsed it, it keeps it, and would also keep it under a second
   * name.
   */
  failed(entry: PreparedEntry): void {
    if (entry.name in this.#driver.parsedStatements) this.#book.markPrepared(entry);
    else this.#book.markUnprepared(entry);
  }

  /** The statement may be of an older schema: counting starts again with its next use. */
  forget(entry: PreparedEntry): void {
    if (this.#book.forget(entry)) this.#close(entry.name);
  }

  get #driver(): ReturnType<typeof connectionInternals> {
    return connectionInternals(this.client.connection);
  }

  /** Sends Close with the next statement that is prepared: the server answers it only with what follows. */
  #close(name: string): void {
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the driver's own bookkeeping
    delete this.#driver.parsedStatements[name];
    this.#toClose.push(name);
  }
}
