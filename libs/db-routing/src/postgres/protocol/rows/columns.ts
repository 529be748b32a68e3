import type { FieldDef } from 'pg';
import { OWN_TEXT } from '../own-types';
import { isDriversOwn, noParser, OID, type TypeParser } from './driver-parsers';
import type { RowBytes } from './row-bytes';
import { timestampIn } from './timestamp';

/** Reads the value of a column that is not NULL. */
type ColumnReader = (row: RowBytes, at: number, length: number, parse: TypeParser) => unknown;

export type ColumnKind = keyof typeof COLUMN_READERS;

const ZERO = 0x30;
const MINUS = 0x2d;
const TRUE = 0x74;
const FALSE = 0x66;
/** More digits than these may not fit in a number exactly. */
const MAX_DIGITS = 15;

/** What the driver's own parsers return, from the bytes where these are in the usual form. */
export const COLUMN_READERS = {
  /** Text that is returned as it is. */
  string: (row, at, length) => row.text(at, length),
  /** The same for types whose text is always ASCII. */
  asciiString: (row, at, length) => row.ascii(at, length),
  integer: ({ bytes }, at, length) => {
    const end = at + length;
    const isNegative = bytes[at] === MINUS;
    const from = isNegative ? at + 1 : at;
    if (from >= end || end - from > MAX_DIGITS) return parseInt(bytes.toString('utf8', at, end), 10);
    let value = 0;
    for (let i = from; i < end; i++) {
      const digit = (bytes[i] as number) - ZERO;
      if (digit < 0 || digit > 9) return parseInt(bytes.toString('utf8', at, end), 10);
      value = value * 10 + digit;
    }
    return isNegative ? -value : value;
  },
  boolean: (row, at, length, parse) => {
    if (length === 1) {
      if (row.bytes[at] === TRUE) return true;
      if (row.bytes[at] === FALSE) return false;
    }
    return parse(row.text(at, length));
  },
  timestamp: (row, at, length, parse) => timestampIn(row, at, length) ?? parse(row.text(at, length)),
  parsed: (row, at, length, parse) => parse(row.text(at, length)),
  asciiParsed: (row, at, length, parse) => parse(row.ascii(at, length)),
  binary: (row, at, length, parse) => parse(row.copy(at, length)),
} satisfies Record<string, ColumnReader>;

/** oids of types whose text is always ASCII: numbers, uuid, date and time, network addresses, bytea. */
const ASCII_TYPES = new Set([
  16, 17, 20, 21, 23, 26, 700, 701, 1700, 2950, 1082, 1083, 1114, 1184, 1186, 1266, 650, 869, 3220,
]);

/** How to read a column, given the parser that applies to it. */
export function columnKind({ dataTypeID: oid, format }: FieldDef, parse: TypeParser): ColumnKind {
  if (format === 'binary') return 'binary';
  const isAscii = ASCII_TYPES.has(oid);
  if (parse === noParser || parse === OWN_TEXT) return isAscii ? 'asciiString' : 'string';
  if (isDriversOwn(parse, oid)) {
    if (oid === OID.int8) return 'asciiString';
    if (isDriversOwn(parse, OID.int4)) return 'integer';
    if (oid === OID.bool) return 'boolean';
    if (isDriversOwn(parse, OID.timestamptz)) return 'timestamp';
  }
  return isAscii ? 'asciiParsed' : 'parsed';
}
