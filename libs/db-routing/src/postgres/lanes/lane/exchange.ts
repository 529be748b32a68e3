import type { PendingRead } from './pending-read';
import {
  completeResult,
  describeResult,
  type DriverResult,
  newResult,
} from '../../protocol/rows/driver-result';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import type { RowShape } from '../../protocol/rows/row-shape';
import type { PreparedEntry } from '../../protocol/wire/prepared-statements';

/** One statement on the wire of one lane, and its answer so far. */
export class Exchange {
  /** What the connection knows about the statement, if anything. */
  entry: PreparedEntry | undefined = undefined;
  /** The statement was sent under its name on the connection. */
  isNamed = false;
  /** The statement was parsed at an earlier use, perhaps for an outdated schema. */
  isKept = false;
  /** The server has accepted the values; until then, nothing is executed. */
  isBound = false;
  /** Sent by the simple protocol, which allows several statements. */
  isSimple = false;
  /** The server sends ReadyForQuery after it. */
  endsSegment = false;
  /** The read runs elsewhere, and the answer here is dropped. */
  isMoved = false;
  /** The server did not execute it, because an earlier statement failed. */
  isSkipped = false;
  error: Error | undefined = undefined;
  /** Reads that wait for this position query. */
  waiters: Exchange[] | undefined = undefined;
  /** The rows are complete, and the read waits for the position. */
  isHeld = false;
  rows = 0;
  bytes = 0;
  #shape: RowShape | undefined = undefined;
  #result: DriverResult | undefined = undefined;
  #earlier: DriverResult[] | undefined = undefined;

  constructor(
    /** Undefined for the lane's own position query. */
    readonly pending: PendingRead | undefined,
    /** The type parsers to use where the read sets none. */
    readonly types: TypeSource,
  ) {}

  /** Whether no caller waits for the rows any more. */
  get isDropped(): boolean {
    return this.isMoved || this.pending?.isSettled === true;
  }

  describe(shape: RowShape): void {
    const result = this.#open();
    this.#shape = shape;
    describeResult(result, shape);
  }

  row(bytes: RowBytes, at: number, columns: number, size: number): void {
    this.rows += 1;
    this.bytes += size;
    if (this.error !== undefined || this.isDropped) return;
    if (this.#shape === undefined && !this.#describeAsKnown()) {
      throw new Error('the server sent a row without having described it');
    }
    const shape = this.#shape as unknown as RowShape;
    try {
      const row = shape.row(bytes, at, columns, this.pending?.rowMode === 'array');
      (this.#result as DriverResult).rows.push(row);
    } catch (error) {
      // The caller's type parser threw; the connection is fine.
      this.error = error as Error;
    }
  }

  complete(tag: string): void {
    // A known shape is not described again, and without rows it has not been applied yet.
    if (this.#shape === undefined && this.isNamed) this.#describeAsKnown();
    completeResult(this.#open(), tag);
  }

  /** Uses the shape that the server described at an earlier use; false when there is none. */
  #describeAsKnown(): boolean {
    const { entry } = this;
    if (entry?.shape === undefined) return false;
    entry.shape = entry.shape.currentFor(this.types);
    this.describe(entry.shape);
    return true;
  }

  fail(error: Error): void {
    this.error ??= error;
  }

  /** Number of statements that the text contained. */
  get statements(): number {
    const last = this.#result !== undefined && this.#result.command !== null ? 1 : 0;
    return (this.#earlier?.length ?? 0) + last;
  }

  get result(): DriverResult | DriverResult[] {
    const result = this.#result ?? this.#open();
    return this.#earlier ? [...this.#earlier, result] : result;
  }

  /**
   * The result to fill: a new one when the last is complete, because a text may contain several statements.
   */
  #open(): DriverResult {
    if (this.#result !== undefined && this.#result.command === null) return this.#result;
    const result = newResult(this.pending?.rowMode, this.pending?.types ?? this.types);
    if (this.#result !== undefined) (this.#earlier ??= []).push(this.#result);
    this.#result = result;
    this.#shape = undefined;
    return result;
  }
}
