import type { DatabaseError, FieldDef } from 'pg';
import type { ServerPosition } from '../../../engine/position';
import { KEPT_POSITION_QUERY, positionFromRow, type PositionRow } from '../../position/position-query';
import { OWN_TYPES } from '../../protocol/own-types';
import {
  completeResult,
  describeResult,
  type DriverResult,
  newResult,
} from '../../protocol/rows/driver-result';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import { RowShape } from '../../protocol/rows/row-shape';
import type { MessageWriter, WireValue } from '../../protocol/wire/message-writer';
import type { PreparedEntry } from '../../protocol/wire/prepared-statements';
import type { Exchange } from './row-tap';

/** One statement under its name, and how to read its answer. */
export interface KeptStatement {
  readonly entry: PreparedEntry;
  /** Whether the server has parsed it before. */
  readonly isKept: boolean;
  readonly values: readonly WireValue[];
  readonly rowMode: string | undefined;
  /** The caller's own type parsers, if any. */
  readonly ownTypes: TypeSource | undefined;
  readonly types: TypeSource;
  /** Whether to ask for the server's position after it, behind a Sync: before it, nothing is committed. */
  readonly wantsPosition: boolean;
}

/** What the exchange needs to know of its connection, and tells it. */
export interface ExchangeOwner {
  /** The statements that the server has parsed under their names. */
  readonly parsed: Record<string, string>;
  /** The server is ready: everything before it is answered. */
  onReady(status: string): void;
  onOver(): void;
  /** The connection cannot be used any longer. */
  onUnexpected(error: Error): void;
}

const POSITION_NAME = KEPT_POSITION_QUERY.name as string;
const POSITION_COLUMNS: readonly (keyof PositionRow)[] = [
  'lsn',
  'is_in_recovery',
  'wal_file',
  'written_lsn',
  'started_at',
];
const TEXT_OID = 25;

/** The server never describes the answer to the position query: it is always the same. */
const positionShape = new RowShape(
  POSITION_COLUMNS.map((name) => ({ name, dataTypeID: TEXT_OID, format: 'text' }) as FieldDef),
  OWN_TYPES,
);

/**
 * A prepared statement, and the position after it, in one packet and without the driver, which would write
 * five messages for each, have each described again, and make an object and an event of each answer.
 */
export class KeptExchange implements Exchange {
  /** Whether the server has bound the values; it executes nothing before that. */
  isBound = false;
  /** The error of the statement. */
  failure: Error | undefined;
  position: ServerPosition | undefined;
  readonly result: DriverResult;
  #shape: RowShape | undefined;
  /** Number of Syncs that the server has not answered. */
  #left: number;
  #isAtPosition = false;

  constructor(
    private readonly statement: KeptStatement,
    private readonly owner: ExchangeOwner,
  ) {
    this.result = newResult(statement.rowMode, statement.ownTypes ?? statement.types);
    this.#left = statement.wantsPosition ? 2 : 1;
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  write(writer: MessageWriter): Buffer {
    const { entry, isKept, values, wantsPosition, ownTypes } = this.statement;
    if (!isKept) writer.parse(entry.name, entry.text);
    writer.bind(entry.name, values, false);
    if (ownTypes || !entry.isDescribed) writer.describePortal();
    writer.execute();
    writer.sync();
    if (wantsPosition) {
      if (!(POSITION_NAME in this.owner.parsed)) writer.parse(POSITION_NAME, KEPT_POSITION_QUERY.text);
      writer.bind(POSITION_NAME, [], false);
      writer.execute();
      writer.sync();
    }
    return writer.take();
  }

  parseComplete(): void {
    if (this.#isAtPosition) this.owner.parsed[POSITION_NAME] = KEPT_POSITION_QUERY.text;
    else this.owner.parsed[this.statement.entry.name] = this.statement.entry.text;
  }

  bindComplete(): void {
    if (!this.#isAtPosition) this.isBound = true;
  }

  rowDescription(fields: FieldDef[]): void {
    const { entry, ownTypes, types } = this.statement;
    const shape = new RowShape(fields, ownTypes ?? types);
    if (!ownTypes) entry.shape = shape;
    entry.isDescribed = true;
    this.#describe(shape);
  }

  noData(): void {
    this.statement.entry.isDescribed = true;
  }

  dataRow(bytes: RowBytes, at: number, columns: number): void {
    if (this.#isAtPosition) {
      this.position = positionFromRow(positionShape.row(bytes, at, columns, false) as PositionRow);
      return;
    }
    if (this.failure) return;
    const shape = this.#shape ?? this.#knownShape();
    try {
      this.result.rows.push(shape.row(bytes, at, columns, this.result.rowAsArray));
    } catch (error) {
      // The caller's type parser threw; the connection is fine.
      this.failure = error as Error;
    }
  }

  commandComplete(tag: string): void {
    if (this.#isAtPosition) return;
    const { entry, ownTypes } = this.statement;
    if (!this.#shape && entry.shape && !ownTypes) this.#knownShape();
    completeResult(this.result, tag);
  }

  emptyQuery(): void {
    // The result has no command.
  }

  error(error: DatabaseError): void {
    if (!this.#isAtPosition) this.failure ??= error;
  }

  readyForQuery(status: number): void {
    this.#isAtPosition = true;
    this.#left -= 1;
    this.owner.onReady(String.fromCharCode(status));
    if (this.#left === 0) this.owner.onOver();
  }

  unexpected(code: number): void {
    this.owner.onUnexpected(
      new Error(`the server sent a message 0x${code.toString(16)} to a prepared statement`),
    );
  }

  /** The shape that the server described at an earlier use. */
  #knownShape(): RowShape {
    const { entry, types } = this.statement;
    if (!entry.shape) throw new Error('the server sent a row without having described it');
    entry.shape = entry.shape.currentFor(types);
    this.#describe(entry.shape);
    return entry.shape;
  }

  #describe(shape: RowShape): void {
    this.#shape = shape;
    describeResult(this.result, shape);
  }
}
