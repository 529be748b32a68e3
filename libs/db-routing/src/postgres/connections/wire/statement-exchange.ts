import type { DatabaseError } from 'pg';
import type { TypeSource } from '../../protocol/rows/driver-parsers';
import {
  completeResult,
  describeResult,
  type DriverResult,
  newResult,
} from '../../protocol/rows/driver-result';
import type { RowBytes } from '../../protocol/rows/row-bytes';
import type { RowDescription } from '../../protocol/rows/row-description';
import { RowShape } from '../../protocol/rows/row-shape';
import type { MessageWriter, WireValue } from '../../protocol/wire/message-writer';
import { sqlStateMeans } from '../../sqlstates';
import type { NamedUse } from './wire-call';

/** One statement, and how to read its answer. */
export interface ExchangedStatement {
  readonly text: string;
  readonly values: readonly WireValue[];
  /** Set when it runs under its name. */
  readonly use: NamedUse | undefined;
  readonly rowMode: string | undefined;
  /** The caller's own type parsers, if any. */
  readonly ownTypes: TypeSource | undefined;
  readonly types: TypeSource;
}

/** The statements that the server has parsed, by name. */
export type ParsedNames = Record<string, string>;

/**
 * One statement that is sent past the driver, which would write five messages for it, have a prepared one
 * described each time, and make an object and an event of each answer.
 */
export class StatementExchange {
  /** The error of the statement, or of a caller's type parser. */
  failure: Error | undefined;
  readonly result: DriverResult;
  #isBound = false;
  #shape: RowShape | undefined;

  constructor(
    private readonly statement: ExchangedStatement,
    private readonly parsed: ParsedNames,
  ) {
    this.result = newResult(statement.rowMode, statement.ownTypes ?? statement.types);
  }

  /**
   * Whether only the kept form of the statement may be at fault: it has failed before the server bound its
   * values, and the server executes nothing before that.
   */
  get isInDoubt(): boolean {
    return this.statement.use?.isKept === true && !this.#isBound && !sqlStateMeans(this.failure, 'momentary');
  }

  write(writer: MessageWriter): void {
    const { text, values, use, ownTypes } = this.statement;
    const name = use?.entry.name ?? '';
    if (use?.isKept !== true) writer.parse(name, text);
    writer.bind(name, values, false);
    if (ownTypes || use?.entry.isDescribed !== true) writer.describePortal();
    writer.execute();
  }

  parseComplete(): void {
    const { text, use } = this.statement;
    if (use) this.parsed[use.entry.name] = text;
  }

  bindComplete(): void {
    this.#isBound = true;
  }

  rowDescription(description: RowDescription): void {
    const { use, ownTypes, types } = this.statement;
    const shape = ownTypes ? new RowShape(description.fields, ownTypes) : description.shapeFor(types);
    if (use) {
      if (!ownTypes) use.entry.shape = shape;
      use.entry.isDescribed = true;
    }
    this.#describe(shape);
  }

  noData(): void {
    if (this.statement.use) this.statement.use.entry.isDescribed = true;
  }

  dataRow(bytes: RowBytes, at: number, columns: number): void {
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
    const { use, ownTypes } = this.statement;
    if (!this.#shape && use?.entry.shape && !ownTypes) this.#knownShape();
    completeResult(this.result, tag);
  }

  error(error: DatabaseError): void {
    this.failure ??= error;
  }

  /** The shape that the server described at an earlier use. */
  #knownShape(): RowShape {
    const { use, types } = this.statement;
    if (!use?.entry.shape) throw new Error('the server sent a row without having described it');
    use.entry.shape = use.entry.shape.currentFor(types);
    this.#describe(use.entry.shape);
    return use.entry.shape;
  }

  #describe(shape: RowShape): void {
    this.#shape = shape;
    describeResult(this.result, shape);
  }
}
