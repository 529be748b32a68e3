import { z } from 'zod';
import { cursorOf, encodeCursor } from './cursor';
import { pageOf } from './page';

const cursor = cursorOf(z.tuple([z.iso.datetime(), z.int()]));
const key = ['2026-01-31T12:00:00.123Z', 42];

describe('a cursor', () => {
  it('decodes to the key that it was made from', () => {
    expect(cursor.parse(encodeCursor(key))).toEqual(key);
  });

  it('needs no escaping in a URL', () => {
    const text = encodeCursor(['ÿ?>~/+= &#', 1]);
    expect(encodeURIComponent(text)).toBe(text);
  });

  it.each([
    ['empty', ''],
    ['no base64url', 'not a cursor!'],
    ['valid, with something appended', `${encodeCursor(key)}=`],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('base64url')],
    ['from another list', encodeCursor(['MUG-AMBER'])],
    ['too long', encodeCursor(['x'.repeat(600), 1])],
    ['with an extra value', encodeCursor([...key, 1])],
    ['a key of the wrong type', encodeCursor(['2026-01-31T12:00:00.123Z', '42'])],
  ])('that is %s is refused', (_what, text) => {
    expect(cursor.safeParse(text).success).toBe(false);
  });
});

describe('pageOf', () => {
  const keyOf = (row: number) => [row];

  it('points to the next page when there is one row more than the limit', () => {
    expect(pageOf([1, 2, 3], 2, keyOf)).toEqual({ items: [1, 2], nextCursor: encodeCursor([2]) });
  });

  it.each([[[1, 2]], [[1]], [[]]])('is null on the last page: %j', (rows) => {
    expect(pageOf(rows, 2, keyOf)).toEqual({ items: rows, nextCursor: null });
  });
});
