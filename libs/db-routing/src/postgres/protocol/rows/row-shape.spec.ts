import fc from 'fast-check';
import { type FieldDef, Result, types } from 'pg';
import { columnKind } from './columns';
import { driverTypes, type TypeSource } from './driver-parsers';
import { RowBytes } from './row-bytes';
import { RowShape } from './row-shape';

type Value = string | null;
type Rows = Value[][];

const field = (name: string, dataTypeID: number): FieldDef => ({
  name,
  dataTypeID,
  tableID: 0,
  columnID: 0,
  dataTypeSize: -1,
  dataTypeModifier: -1,
  format: 'text',
});

/** DataRow messages without their headers, and where each begins. */
function encode(rows: Rows): { bytes: Buffer; starts: number[] } {
  const parts: Buffer[] = [];
  const starts: number[] = [];
  let at = 0;
  const add = (part: Buffer) => {
    parts.push(part);
    at += part.length;
  };
  for (const row of rows) {
    starts.push(at);
    for (const value of row) {
      const bytes = Buffer.from(value ?? '');
      const length = Buffer.alloc(4);
      length.writeInt32BE(value === null ? -1 : bytes.length);
      add(length);
      add(bytes);
    }
  }
  return { bytes: Buffer.concat(parts), starts };
}

/** More rows than the shape reads before it generates code. */
const REPEATS = 12;

function ours(
  fields: FieldDef[],
  row: Value[],
  isArray: boolean,
  source: TypeSource = driverTypes,
): unknown[] {
  const { bytes, starts } = encode(new Array<Value[]>(REPEATS).fill(row));
  const rows = new RowBytes();
  rows.load(bytes, bytes.length);
  const shape = new RowShape(fields, source);
  return starts.map((at) => shape.row(rows, at, row.length, isArray));
}

function drivers(
  fields: FieldDef[],
  row: Value[],
  isArray: boolean,
  source: TypeSource = driverTypes,
): unknown {
  const result = new Result(isArray ? 'array' : (undefined as never), source as never);
  Reflect.apply(Reflect.get(result, 'addFields') as (of: FieldDef[]) => void, result, [fields]);
  return (Reflect.get(result, 'parseRow') as (of: Value[]) => unknown).call(result, row);
}

/** Everything that a caller can observe of a row: keys in their order, own or not, and the prototype. */
function observed(row: unknown): unknown {
  const object = row as object;
  return {
    prototype: Object.getPrototypeOf(object) as unknown,
    keys: Reflect.ownKeys(object),
    properties: Object.getOwnPropertyDescriptors(object),
    forIn: (() => {
      const names: string[] = [];
      for (const name in object) names.push(name);
      return names;
    })(),
    json: JSON.stringify(object),
  };
}

function expectEqual(fields: FieldDef[], row: Value[], source?: TypeSource): void {
  for (const isArray of [false, true]) {
    const expected = observed(drivers(fields, row, isArray, source));
    for (const one of ours(fields, row, isArray, source)) expect(observed(one)).toEqual(expected);
  }
}

const int = (min: number, max: number) => fc.integer({ min, max }).map(String);
const int8 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.string({ maxLength: 100 }),
  fc.string({ minLength: 2000, maxLength: 5000 }),
);
const json = fc.json({ maxDepth: 3 }).map((value) => value.replaceAll('\\u0000', ''));

/** oid, and what the server may send for it. */
const COLUMNS: readonly [number, fc.Arbitrary<string>][] = [
  [16, fc.constantFrom('t', 'f')],
  [17, fc.constantFrom('\\x', '\\x00ff', '\\x68c3b6')],
  [20, int8],
  [21, int(-32_768, 32_767)],
  [23, int(-(2 ** 31), 2 ** 31 - 1)],
  [25, text],
  [26, int(0, 2 ** 32 - 1)],
  [114, json],
  [700, fc.constantFrom('0', '-0', '1.5', 'NaN', 'Infinity', '-Infinity', '1e-07')],
  [701, fc.double().map(String)],
  [1043, text],
  [1082, fc.constantFrom('2026-11-27', '0044-03-15 BC', 'infinity', '0099-01-01', '10000-01-01')],
  [1114, fc.constantFrom('2026-11-27 07:00:00.123456', '0001-01-01 00:00:00 BC', '-infinity')],
  [1184, fc.constantFrom('2026-11-27 07:00:00+00', '1890-01-01 00:19:32+00:19:32', 'infinity')],
  [1186, fc.constantFrom('1 day 02:03:04', '-1 years -2 mons')],
  [1700, fc.constantFrom('0', '12345678901234567890.123456789', 'NaN')],
  [2950, fc.uuid()],
  [3802, json],
  [1007, fc.constantFrom('{}', '{1,NULL,3}')],
  [1009, fc.constantFrom('{}', '{a,"b c",NULL,ö}')],
  [999_999, text],
];

const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  fc.constantFrom('id', '__proto__', 'constructor', 'toString', '0', '7', '"', '\\', '\u2028', "'); throw 1"),
);
const column = fc
  .constantFrom(...COLUMNS)
  .chain(([oid, values]) => fc.tuple(name, fc.constant(oid), fc.option(values, { freq: 5 })));

describe('a row', () => {
  it("is the driver's, for all columns and values, with generated code or without", () => {
    fc.assert(
      fc.property(fc.array(column, { maxLength: 8 }), (columns) => {
        const fields = columns.map(([of, oid]) => field(of, oid));
        expectEqual(
          fields,
          columns.map(([, , value]) => value),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("is read from the bytes where the parsers are the driver's own", () => {
    const kinds = [20, 21, 23, 26, 16, 1082, 1114, 1184, 25, 114].map((oid) =>
      columnKind(field('a', oid), driverTypes.getTypeParser(oid, 'text')),
    );
    expect(kinds.join(' ')).toBe(
      'asciiString integer integer integer boolean timestamp timestamp timestamp string parsed',
    );
  });

  it.each([
    ['integers in another form', 23, ['', '+5', '-', '12x', '99999999999999999999', '-0']],
    ['booleans in another form', 16, ['true', 'yes', '', 'no', '1']],
  ])("has the driver's values for %s", (_, oid, values) => {
    for (const value of values) expectEqual([field('a', oid)], [value]);
  });

  it('of too many columns for generated code is the same', () => {
    const names = Array.from({ length: 150 }, (_, i) => `c${i}`);
    expectEqual(
      names.map((of) => field(of, 23)),
      names.map((_, i) => String(i)),
    );
  });

  it("is read by the caller's own parsers, which see the text", () => {
    const seen: unknown[] = [];
    const source: TypeSource = {
      getTypeParser: (oid) => (value) => {
        seen.push(value);
        return [oid, value];
      },
    };
    expectEqual([field('a', 23), field('b', 1184)], ['1', '2026-11-27 07:00:00+00'], source);
    expect(new Set(seen)).toEqual(new Set(['1', '2026-11-27 07:00:00+00']));
  });

  it('goes through a parser that was set for a type of the driver', () => {
    const { INT4 } = types.builtins;
    const before = driverTypes.getTypeParser(INT4, 'text');
    const fields = [field('a', INT4)];
    const shape = new RowShape(fields, driverTypes);
    types.setTypeParser(INT4, (value) => `<${value}>`);
    try {
      expectEqual(fields, ['1']);
      expect(shape.currentFor(driverTypes)).not.toBe(shape);
    } finally {
      types.setTypeParser(INT4, before as never);
    }
    expect(shape.currentFor(driverTypes)).toBe(shape);
  });

  it('holds a copy of binary values', () => {
    const bytes = Buffer.from([0, 0, 0, 2, 0, 255]);
    const row = new RowBytes();
    row.load(bytes, bytes.length);
    const source: TypeSource = { getTypeParser: () => (value) => value };
    const shape = new RowShape([{ ...field('a', 17), format: 'binary' }], source);
    const { a } = shape.row(row, 0, 1, false) as { a: Buffer };
    bytes.fill(7);
    expect(a).toEqual(Buffer.from([0, 255]));
  });

  it('of another number of columns than described is refused', () => {
    const row = new RowBytes();
    const shape = new RowShape([field('a', 25)], driverTypes);
    expect(() => shape.row(row, 0, 2, false)).toThrow('a row of 2 columns and had described 1');
  });

  it('passes on what a parser throws', () => {
    const shape = () => ours([field('a', 114)], ['{'], false);
    expect(shape).toThrow(SyntaxError);
  });
});
