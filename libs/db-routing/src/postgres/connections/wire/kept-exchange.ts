import type { DatabaseError, FieldDef } from 'pg';
import type { ServerPosition } from '../../../engine/position';
import { KEPT_POSITION_QUERY, positionFromRow, type PositionRow } from '../../position/position-query';
import { OWN_TYPES } from '../../protocol/own-types';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import type { RowDescription } from '../../protocol/rows/row-description';
import { RowShape } from '../../protocol/rows/row-shape';
import type { MessageWriter } from '../../protocol/wire/message-writer';
import type { Exchange } from './row-tap';
import type { ParsedNames, StatementExchange } from './statement-exchange';

/** What an exchange tells its connection. */
export interface ExchangeOwner {
  /** The server is ready: everything before it is answered. */
  onReady(status: string): void;
  onOver(): void;
  /** The connection cannot be used any longer. */
  onUnexpected(error: Error): void;
}

export const POSITION_NAME = KEPT_POSITION_QUERY.name as string;
const POSITION_COLUMNS: readonly (keyof PositionRow)[] = [
  'lsn',
  'is_in_recovery',
  'wal_file',
  'written_lsn',
  'started_at',
];
const TEXT_OID = 25;

/** The server never describes the answer to the position query: it is always the same. */
export const positionShape = new RowShape(
  POSITION_COLUMNS.map((name) => ({ name, dataTypeID: TEXT_OID, format: 'text' }) as FieldDef),
  OWN_TYPES,
);

export interface KeptExchangeOptions {
  /** The statements that the server has parsed under their names. */
  readonly parsed: ParsedNames;
  /** Whether to ask for the server's position after it, behind a Sync: before it, nothing is committed. */
  readonly wantsPosition: boolean;
}

/** A prepared statement, and the position after it, in one packet. */
export class KeptExchange implements Exchange {
  position: ServerPosition | undefined;
  /** Number of Syncs that the server has not answered. */
  #left: number;
  #isAtPosition = false;

  constructor(
    readonly statement: StatementExchange,
    private readonly options: KeptExchangeOptions,
    private readonly owner: ExchangeOwner,
  ) {
    this.#left = options.wantsPosition ? 2 : 1;
  }

  get isOver(): boolean {
    return this.#left === 0;
  }

  write(writer: MessageWriter): Buffer {
    this.statement.write(writer);
    writer.sync();
    if (this.options.wantsPosition) {
      if (!(POSITION_NAME in this.options.parsed)) writer.parse(POSITION_NAME, KEPT_POSITION_QUERY.text);
      writer.bind(POSITION_NAME, [], false);
      writer.execute();
      writer.sync();
    }
    return writer.take();
  }

  parseComplete(): void {
    if (this.#isAtPosition) this.options.parsed[POSITION_NAME] = KEPT_POSITION_QUERY.text;
    else this.statement.parseComplete();
  }

  bindComplete(): void {
    if (!this.#isAtPosition) this.statement.bindComplete();
  }

  rowDescription(description: RowDescription): void {
    this.statement.rowDescription(description);
  }

  noData(): void {
    this.statement.noData();
  }

  dataRow(bytes: RowBytes, at: number, columns: number): void {
    if (this.#isAtPosition) {
      this.position = positionFromRow(positionShape.row(bytes, at, columns, false) as PositionRow);
    } else this.statement.dataRow(bytes, at, columns);
  }

  commandComplete(tag: string): void {
    if (!this.#isAtPosition) this.statement.commandComplete(tag);
  }

  emptyQuery(): void {
    // The result has no command.
  }

  error(error: DatabaseError): void {
    if (!this.#isAtPosition) this.statement.error(error);
  }

  readyForQuery(status: number): void {
    this.#isAtPosition = true;
    this.#left -= 1;
    this.owner.onReady(String.fromCharCode(status));
    if (this.#left === 0) this.owner.onOver();
  }

  unexpected(code: number): void {
    this.owner.onUnexpected(unexpectedMessage(code));
  }
}

export function unexpectedMessage(code: number): Error {
  return new Error(`the server sent a message 0x${code.toString(16)} to a statement that cannot cause it`);
}
