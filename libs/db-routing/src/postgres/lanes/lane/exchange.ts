import type { PendingRead } from './pending-read';
import {
  arrayRow,
  completeResult,
  describeResult,
  type DriverResult,
  newResult,
  objectRow,
  type RowShape,
  type TypeSource,
} from '../../protocol/wire/row-shape';
import type { BookEntry } from '../../protocol/wire/statement-book';

/** One statement on the wire of one lane, and what has come back of it. */
export class Exchange {
  /** The connection's knowledge of the statement, if it keeps any. */
  entry: BookEntry | undefined = undefined;
  /** It was sent by the name that it has on the connection. */
  isNamed = false;
  /** Under that name it was parsed before, for what may be yesterday's schema. */
  isKept = false;
  /** The server has taken its values: until then nothing is executed. */
  isBound = false;
  /** Sent by the simple protocol: may be several statements. */
  isSimple = false;
  /** The server says ReadyForQuery after it. */
  endsSegment = false;
  /** It runs on elsewhere: what comes back here is dropped. */
  isMoved = false;
  /** It was not executed, because one before it failed. */
  isSkipped = false;
  error: Error | undefined = undefined;
  /** Reads that wait for this position. */
  waiters: Exchange[] | undefined = undefined;
  /** Answered, but for the position. */
  isHeld = false;
  rows = 0;
  bytes = 0;
  #shape: RowShape | undefined = undefined;
  #result: DriverResult | undefined = undefined;
  #earlier: DriverResult[] | undefined = undefined;

  constructor(
    /** Undefined for the lane's own question for the position. */
    readonly pending: PendingRead | undefined,
    /** How values are parsed where the read does not say. */
    readonly types: TypeSource,
  ) {}

  /** Nobody waits for its rows. */
  get isDropped(): boolean {
    return this.isMoved || this.pending?.isSettled === true;
  }

  describe(shape: RowShape): void {
    const result = this.#open();
    this.#shape = shape;
    describeResult(result, shape);
  }

  row(buffer: Buffer, offset: number, columns: number, bytes: number): void {
    this.rows += 1;
    this.bytes += bytes;
    if (this.error !== undefined || this.isDropped) return;
    if (this.#shape === undefined) {
      const known = this.entry?.shape;
      if (known === undefined) throw new Error('the server sent a row without having described it');
      this.describe(known);
    }
    const shape = this.#shape as unknown as RowShape;
    try {
      const row =
        this.pending?.rowMode === 'array'
          ? arrayRow(shape, buffer, offset, columns)
          : objectRow(shape, buffer, offset, columns);
      (this.#result as DriverResult).rows.push(row);
    } catch (error) {
      // A caller's own type parser; the connection is well.
      this.error = error as Error;
    }
  }

  complete(tag: string): void {
    // A prepared statement is not described again when it returns nothing.
    if (this.#shape === undefined && this.entry?.shape !== undefined && this.isNamed) {
      this.describe(this.entry.shape);
    }
    completeResult(this.#open(), tag);
  }

  fail(error: Error): void {
    this.error ??= error;
  }

  /** How many statements the text turned out to be. */
  get statements(): number {
    const last = this.#result !== undefined && this.#result.command !== null ? 1 : 0;
    return (this.#earlier?.length ?? 0) + last;
  }

  get result(): DriverResult | DriverResult[] {
    const result = this.#result ?? this.#open();
    return this.#earlier ? [...this.#earlier, result] : result;
  }

  /** The result that is being filled: a new one when the last is complete, as a text may be several statements. */
  #open(): DriverResult {
    if (this.#result !== undefined && this.#result.command === null) return this.#result;
    const result = newResult(this.pending?.rowMode, this.pending?.types ?? this.types);
    if (this.#result !== undefined) (this.#earlier ??= []).push(this.#result);
    this.#result = result;
    this.#shape = undefined;
    return result;
  }
}
