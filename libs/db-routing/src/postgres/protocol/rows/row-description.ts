import type { FieldDef } from 'pg';
import { TextCache } from '../../../text-cache';
import type { TypeSource } from './driver-parsers';
import { RowShape } from './row-shape';

const MAX_KNOWN = 400;
/** Of all of them together. */
const MAX_BYTES = 256 * 1024;

/** What the server says of the rows that will follow, and how to read them. */
export class RowDescription {
  #shape: RowShape | undefined;

  constructor(readonly fields: FieldDef[]) {}

  /** For rows that no type parsers of a caller's own read. */
  shapeFor(types: TypeSource): RowShape {
    this.#shape = this.#shape?.currentFor(types) ?? new RowShape(this.fields, types);
    return this.#shape;
  }
}

/**
 * Reads descriptions, and keeps them: a statement that is not prepared is described at each use, and making
 * the shape of its rows costs more than reading a few of them.
 */
export class RowDescriptions {
  /** By their bytes. */
  readonly #known = new TextCache<RowDescription>(MAX_KNOWN, MAX_BYTES);

  /** Reads the body of a RowDescription message, from `body` until before `end`. */
  read(buffer: Buffer, body: number, end: number): RowDescription {
    const bytes = buffer.toString('latin1', body, end);
    let description = this.#known.get(bytes);
    if (!description) {
      description = new RowDescription(fieldsIn(buffer, body));
      this.#known.set(bytes, description);
    }
    return description;
  }
}

function fieldsIn(buffer: Buffer, body: number): FieldDef[] {
  const count = buffer.readInt16BE(body);
  const fields: FieldDef[] = [];
  let at = body + 2;
  for (let i = 0; i < count; i++) {
    const end = buffer.indexOf(0, at);
    fields.push({
      name: buffer.toString('utf8', at, end),
      tableID: buffer.readUInt32BE(end + 1),
      columnID: buffer.readInt16BE(end + 5),
      dataTypeID: buffer.readUInt32BE(end + 7),
      dataTypeSize: buffer.readInt16BE(end + 11),
      dataTypeModifier: buffer.readInt32BE(end + 13),
      format: buffer.readInt16BE(end + 17) === 0 ? 'text' : 'binary',
    });
    at = end + 19;
  }
  return fields;
}
