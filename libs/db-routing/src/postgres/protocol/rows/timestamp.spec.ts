import fc from 'fast-check';
import { driverTypes } from './driver-parsers';
import { RowBytes } from './row-bytes';
import { timestampIn } from './timestamp';

const TIMESTAMPTZ = 1184;
const ofDriver = driverTypes.getTypeParser(TIMESTAMPTZ, 'text');

function read(text: string): Date | undefined {
  const bytes = Buffer.from(`before${text}behind`);
  const row = new RowBytes();
  row.load(bytes, bytes.length);
  return timestampIn(row, 'before'.length, text.length);
}

const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
const year = fc.oneof(
  fc.integer({ min: 1, max: 9999 }).map((value) => String(value).padStart(4, '0')),
  fc.integer({ min: 10_000, max: 294_276 }).map(String),
);
const date = fc
  .tuple(year, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 31 }))
  .map(([y, m, d]) => `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`);
const fraction = fc.oneof(
  fc.constant(''),
  fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 999_999 }))
    .map(([digits, value]) => `.${String(value).padStart(6, '0').slice(0, digits)}`),
);
const time = fc.tuple(two(23), two(59), two(59), fraction).map(([h, m, s, f]) => `${h}:${m}:${s}${f}`);
const zone = fc.oneof(
  fc.constantFrom('', '+00', '-00', 'Z'),
  fc
    .tuple(fc.constantFrom('+', '-'), two(15), fc.constantFrom(0, 1, 2), two(59), two(59))
    .map(([sign, h, parts, m, s]) => [`${sign}${h}`, m, s].slice(0, parts + 1).join(':')),
);
const era = fc.constantFrom('', '', '', ' BC');
const timestamp = fc.oneof(
  fc.tuple(date, time, zone, era).map(([d, t, z, e]) => `${d} ${t}${z}${e}`),
  fc.tuple(date, era).map(([d, e]) => `${d}${e}`),
  fc.constantFrom('infinity', '-infinity', '', '2026', '27.11.2026 07:00:00 UTC', '11/27/2026'),
);

describe('timestampIn', () => {
  it('is equal to the driver, or leaves the value to it', () => {
    fc.assert(
      fc.property(timestamp, (text) => {
        const known = read(text);
        if (known !== undefined) expect([text, known]).toEqual([text, ofDriver(text)]);
      }),
      { numRuns: 5000 },
    );
  });

  it('understands the usual form of four-digit years', () => {
    fc.assert(
      fc.property(
        fc.tuple(date, time, zone).filter(([d, , z]) => /^[1-9]\d{3}-/.test(d) && z !== 'Z'),
        ([d, t, z]) => expect(read(`${d} ${t}${z}`)).toBeInstanceOf(Date),
      ),
    );
  });

  it('is equal in every microsecond', () => {
    for (let micros = 0; micros < 1_000_000; micros += 37) {
      const text = `2026-11-27 07:00:00.${String(micros).padStart(6, '0')}+01`;
      const known = read(text);
      if (known?.getTime() !== (ofDriver(text) as Date).getTime()) throw new Error(text);
    }
  });

  it.each(['2026-11-27', '2026-11-27 07:00:00', '2026-11-27 07:00:00.5', '1999-12-31 23:59:59.999999'])(
    'reads %s in the zone of the process, like the driver',
    (text) => expect(read(text)).toEqual(ofDriver(text)),
  );
});
