import { committedLsn, Lsn, parseLsn } from './lsn';

describe('WAL positions', () => {
  it.each([
    ['0/0', 0n],
    ['0/1', 1n],
    ['1/0', 1n << 32n],
    ['16/B374D848', 0x16b374d848n],
    ['FFFFFFFF/FFFFFFFF', 0xffffffffffffffffn],
  ])('%s is %s and back', (text, lsn) => {
    expect(parseLsn(text).value).toBe(lsn);
    expect(new Lsn(lsn).toString()).toBe(text);
  });

  it.each(['', '0', '0/', '/0', '0/123456789', 'x/0', '0/0 '])('%j is refused', (text) => {
    expect(() => parseLsn(text)).toThrow(RangeError);
  });

  it('keeps the order of the server', () => {
    expect(parseLsn('A/0').has(parseLsn('9/FFFFFFFF'))).toBe(true);
    expect(parseLsn('9/FFFFFFFF').has(parseLsn('A/0'))).toBe(false);
    expect(parseLsn('9/FFFFFFFF').distanceTo(parseLsn('A/0'))).toBe(1);
    expect(parseLsn('A/0').distanceTo(parseLsn('9/FFFFFFFF'))).toBe(0);
  });

  it.each([
    ['0/3000000', '0/3000000', '0/3000000'],
    ['0/3000100', '0/3000190', '0/3000190'],
    ['behind the header of a page: 0/3002000', '0/3002018', '0/3002000'],
    ['behind a record that goes on there: 0/3002000', '0/3002028', '0/3002028'],
    ['behind another place: 0/3002008', '0/3002020', '0/3002020'],
  ])('has commits until %s, written to %s: %s', (flushed, inserted, committed) => {
    const from = parseLsn(flushed.split(' ').at(-1) ?? '');
    expect(committedLsn(from, parseLsn(inserted)).toString()).toBe(committed);
  });

  it('cannot be compared by operators, which would compare texts', () => {
    const [one, other] = [parseLsn('9/0'), parseLsn('A/0')];
    expect(() => one < other).toThrow(TypeError);
    expect(`${one.toString()} and ${String(other)}`).toBe('9/0 and A/0');
  });
});
