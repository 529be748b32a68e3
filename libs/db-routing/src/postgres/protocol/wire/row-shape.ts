import { type FieldDef, Result } from 'pg';

/** Converts the text of a column (its bytes, for binary results) to the caller's value. */
export type TypeParser = (value: string | Buffer) => unknown;

/** Where type parsers come from: the driver, or a caller's own `types`. */
export interface TypeSource {
  getTypeParser(oid: number, format: string): TypeParser;
}

/**
 * How to read the rows of one statement. A prepared statement has one shape: its description cannot change.
 */
export interface RowShape {
  readonly fields: FieldDef[];
  readonly names: readonly string[];
  readonly parsers: TypeParser[];
  readonly isBinary: readonly boolean[];
  /** A row with NULL in each column. Rows start as copies of it, and so share one hidden class. */
  readonly empty: Readonly<Record<string, unknown>>;
}

export function rowShape(fields: FieldDef[], types: TypeSource): RowShape {
  const empty: Record<string, unknown> = {};
  for (const { name } of fields) {
    // A column may be named __proto__.
    Object.defineProperty(empty, name, { value: null, enumerable: true, writable: true, configurable: true });
  }
  return {
    fields,
    names: fields.map(({ name }) => name),
    parsers: fields.map(({ dataTypeID, format }) => types.getTypeParser(dataTypeID, format)),
    isBinary: fields.map(({ format }) => format === 'binary'),
    empty,
  };
}

/** The driver's result, with the members that its type declarations lack. */
export type DriverResult = Omit<Result, 'command' | 'rows' | 'oid'> & {
  command: string | null;
  oid: number | null;
  rows: unknown[];
  _parsers: TypeParser[] | undefined;
  _prebuiltEmptyResultObject: Readonly<Record<string, unknown>> | null;
};

/** An instance of the driver's own result class. */
export function newResult(rowMode: string | undefined, types: TypeSource): DriverResult {
  return new Result(rowMode as string, types as never) as unknown as DriverResult;
}

/** Sets the description of the rows, as the driver does. */
export function describeResult(result: DriverResult, shape: RowShape): void {
  result.fields = shape.fields.slice();
  if (shape.fields.length > 0) result._parsers = shape.parsers;
  result._prebuiltEmptyResultObject = shape.empty;
}

const COMMAND_TAG = /^([A-Za-z]+)(?: (\d+))?(?: (\d+))?/;

/** Reads command and count from a tag such as `SELECT 5`, as the driver does. */
export function completeResult(result: DriverResult, tag: string): void {
  const match = COMMAND_TAG.exec(tag);
  if (!match) return;
  const [, command, first, second] = match;
  result.command = command ?? null;
  if (second !== undefined) {
    result.oid = Number.parseInt(first ?? '', 10);
    result.rowCount = Number.parseInt(second, 10);
  } else if (first !== undefined) {
    result.rowCount = Number.parseInt(first, 10);
  }
}

/** One row as an object. A later column replaces an earlier one of the same name, as in the driver. */
export function objectRow(shape: RowShape, buffer: Buffer, offset: number, columns: number): unknown {
  const row: Record<string, unknown> = { ...shape.empty };
  let at = offset;
  for (let i = 0; i < columns; i++) {
    const length = buffer.readInt32BE(at);
    at += 4;
    const name = shape.names[i] as string;
    if (length < 0) {
      row[name] = null;
    } else {
      row[name] = column(shape, i, buffer, at, at + length);
      at += length;
    }
  }
  return row;
}

/** One row as an array (`rowMode: 'array'`). */
export function arrayRow(shape: RowShape, buffer: Buffer, offset: number, columns: number): unknown {
  const row = new Array<unknown>(columns);
  let at = offset;
  for (let i = 0; i < columns; i++) {
    const length = buffer.readInt32BE(at);
    at += 4;
    if (length < 0) {
      row[i] = null;
    } else {
      row[i] = column(shape, i, buffer, at, at + length);
      at += length;
    }
  }
  return row;
}

function column(shape: RowShape, index: number, buffer: Buffer, start: number, end: number): unknown {
  const parse = shape.parsers[index] as TypeParser;
  // A copy, because the socket's buffer is filled again.
  if (shape.isBinary[index] === true) return parse(Buffer.from(buffer.subarray(start, end)));
  return parse(buffer.toString('utf8', start, end));
}
