import { Lsn, parseLsn } from './lsn';

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

  it('cannot be compared by operators, which would compare texts', () => {
    const [one, other] = [parseLsn('9/0'), parseLsn('A/0')];
    expect(() => one < other).toThrow(TypeError);
    expect(`${one.toString()} and ${String(other)}`).toBe('9/0 and A/0');
  });
});
