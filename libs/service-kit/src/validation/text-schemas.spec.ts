import { integerText, plainText, queryTime } from './text-schemas';

describe('integerText', () => {
  const schema = integerText({ min: 1, max: 100, fallback: 20 });

  it.each([
    ['1', 1],
    ['100', 100],
    ['007', 7],
    [undefined, 20],
  ])('reads %j as %j', (text, value) => {
    expect(schema.parse(text)).toBe(value);
  });

  it.each(['0', '101', '-1', '1.5', '1e1', '0x10', ' 5', '5 ', '', 'ten', '9'.repeat(400), ['1'], null])(
    'refuses %j',
    (text) => {
      expect(schema.safeParse(text).success).toBe(false);
    },
  );
});

describe('queryTime', () => {
  it.each([
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00.5+02:00', '2026-01-31T10:00:00.500Z'],
  ])('reads %s as %s', (text, time) => {
    expect(queryTime().parse(text).toISOString()).toBe(time);
  });

  it.each(['2026-02-30', '2026-1-1', '2026-01-31T12:00:00', 'now', '', '1767225600000'])(
    'refuses %j',
    (text) => {
      expect(queryTime().safeParse(text).success).toBe(false);
    },
  );
});

describe('plainText', () => {
  it.each(['a', 'späß 🎁', 'x'.repeat(10)])('takes %j', (text) => {
    expect(plainText(12).parse(text)).toBe(text);
  });

  it.each(['', 'x'.repeat(13), 'a\0b', 'a\nb', 'a\u0085b', 'a\ud800', '\udc00b', 5, null])(
    'refuses %j',
    (text) => {
      expect(plainText(12).safeParse(text).success).toBe(false);
    },
  );
});
