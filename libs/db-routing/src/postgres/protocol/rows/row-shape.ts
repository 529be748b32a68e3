import type { FieldDef } from 'pg';
import { COLUMN_READERS, type ColumnKind, columnKind } from './columns';
import type { TypeParser, TypeSource } from './driver-parsers';
import type { RowBytes } from './row-bytes';
import { type RowDecoder, RowDecoders } from './row-decoder';

/** After this many rows, code that is generated for the shape has paid for itself. */
const ROWS_TO_GENERATE = 8;

const decoders = new RowDecoders();

/**
 * How to read the rows of one statement. A prepared statement has one shape: its description cannot change.
 */
export class RowShape {
  readonly names: readonly string[];
  readonly parsers: TypeParser[];
  /** A row with NULL in each column. Rows start as copies of it, and so share one hidden class. */
  readonly empty: Readonly<Record<string, unknown>>;
  #kinds: readonly ColumnKind[] | undefined;
  #rows = 0;
  #asObject: RowDecoder | undefined;
  #asArray: RowDecoder | undefined;

  constructor(
    readonly fields: FieldDef[],
    types: TypeSource,
  ) {
    this.names = fields.map(({ name }) => name);
    this.parsers = fields.map(({ dataTypeID, format }) => types.getTypeParser(dataTypeID, format));
    this.empty = emptyRow(this.names);
  }

  /** For a result, whose owner may change them. */
  copyOfFields(): FieldDef[] {
    return this.fields.map(copyOf);
  }

  /** The shape for a later use: another one if the application has set other type parsers since. */
  currentFor(types: TypeSource): RowShape {
    const { fields, parsers } = this;
    for (let i = 0; i < fields.length; i++) {
      const { dataTypeID, format } = fields[i] as FieldDef;
      if (types.getTypeParser(dataTypeID, format) !== parsers[i]) return new RowShape(fields, types);
    }
    return this;
  }

  /**
   * Reads one row, as an object or an array (`rowMode`). Throws what a type parser throws, and Error when the
   * row has not as many columns as described.
   */
  row(bytes: RowBytes, at: number, columns: number, isArray: boolean): unknown {
    if (columns !== this.names.length) {
      throw new Error(`the server sent a row of ${columns} columns and had described ${this.names.length}`);
    }
    const decode = isArray ? this.#asArray : this.#asObject;
    if (decode) return decode(bytes, at);
    this.#rows += 1;
    if (this.#rows === ROWS_TO_GENERATE) this.#generate(isArray);
    return this.plainRow(bytes, at, isArray);
  }

  /** As row(), without generated code. */
  plainRow(bytes: RowBytes, at: number, isArray: boolean): unknown {
    const { names, parsers } = this;
    const kinds = this.#columnKinds();
    const row = (isArray ? new Array(names.length) : { ...this.empty }) as Record<string | number, unknown>;
    let from = at;
    for (let i = 0; i < names.length; i++) {
      const length = bytes.bytes.readInt32BE(from);
      from += 4;
      const key = isArray ? i : (names[i] as string);
      if (length < 0) {
        row[key] = null;
      } else {
        const read = COLUMN_READERS[kinds[i] as ColumnKind];
        row[key] = read(bytes, from, length, parsers[i] as TypeParser);
        from += length;
      }
    }
    return row;
  }

  #columnKinds(): readonly ColumnKind[] {
    this.#kinds ??= this.fields.map((field, i) => columnKind(field, this.parsers[i] as TypeParser));
    return this.#kinds;
  }

  #generate(isArray: boolean): void {
    const decoder = decoders.decoder(
      { names: this.names, kinds: this.#columnKinds(), isArray },
      this.parsers,
    );
    if (isArray) this.#asArray = decoder;
    else this.#asObject = decoder;
    // Rows of the other kind may follow, from another caller of the same prepared statement.
    this.#rows = 0;
  }
}

/** Names each field, as V8 copies that faster than a spread. */
function copyOf(field: FieldDef): FieldDef {
  const { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format } = field;
  return { name, tableID, columnID, dataTypeID, dataTypeSize, dataTypeModifier, format };
}

function emptyRow(names: readonly string[]): Record<string, unknown> {
  // A column may be named __proto__.
  const empty = Object.create(null) as Record<string, unknown>;
  for (const name of names) empty[name] = null;
  return { ...empty };
}
