import { ConsistencyTokens, walPosition } from '../postgres/position/wal-position';
import { ConfigurationError } from '../errors';

const KEY = { id: 'k1', secret: 'a-secret-of-at-least-thirty-two-characters' };
const OLD_KEY = { id: 'k0', secret: 'another-secret-of-at-least-32-characters' };
const POSITION = walPosition('18446744073709551615', 4_294_967_295, 0xffffffffffffffffn);

const tokens = new ConsistencyTokens({ keys: [KEY] });
/** Another service with the same key, which has not seen the tokens yet. */
const other = () => new ConsistencyTokens({ keys: [KEY] });

describe('consistency tokens', () => {
  it('bring a position back, for the same subject, in at most 128 bytes', () => {
    const long = new ConsistencyTokens({ keys: [{ ...KEY, id: 'a'.repeat(16) }] });
    const token = long.sign(POSITION, 'alice');
    expect(Buffer.byteLength(token)).toBeLessThanOrEqual(128);
    expect(long.verify(token, 'alice', POSITION.systemId)).toEqual({ position: POSITION });
    expect(long.verify(token, 'alice', undefined)).toEqual({ position: POSITION });
    const elsewhere = new ConsistencyTokens({ keys: [{ ...KEY, id: 'a'.repeat(16) }] });
    expect(elsewhere.verify(token, 'alice', POSITION.systemId)).toEqual({ position: POSITION });
  });

  it('are valid for no other subject, and in no other cluster', () => {
    const token = tokens.sign(POSITION, 'alice');
    expect(tokens.verify(token, 'bob', undefined)).toEqual({ objection: 'foreign' });
    expect(tokens.verify(token, undefined, undefined)).toEqual({ objection: 'foreign' });
    expect(tokens.verify(token, 'alice', '7')).toEqual({ objection: 'foreign' });
    expect(tokens.verify(tokens.sign(POSITION, undefined), undefined, undefined)).toEqual({
      position: POSITION,
    });
  });

  it('are judged the same the first time and later', () => {
    const token = tokens.sign(POSITION, 'alice');
    const elsewhere = other();
    for (const each of [elsewhere, elsewhere, tokens]) {
      expect(each.verify(token, 'alice', POSITION.systemId)).toEqual({ position: POSITION });
      expect(each.verify(token, 'bob', undefined)).toEqual({ objection: 'foreign' });
      expect(each.verify(token, 'alice', '7')).toEqual({ objection: 'foreign' });
    }
  });

  it('are forged when any character is changed', () => {
    const token = tokens.sign(walPosition('7', 1, 1000n), 'alice');
    for (let at = KEY.id.length + 1; at < token.length; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      const isSameBytes = Buffer.from(changed.slice(3), 'base64url').equals(
        Buffer.from(token.slice(3), 'base64url'),
      );
      if (!isSameBytes) expect(tokens.verify(changed, 'alice', '7')).toEqual({ objection: 'forged' });
    }
  });

  it.each([
    '',
    'x',
    'k1.',
    'k1.abc',
    `k1.${'é'.repeat(87)}`,
    `${'k'.repeat(17)}.${'a'.repeat(87)}`,
    'a'.repeat(5000),
  ])('%j is malformed', (token) => {
    expect(tokens.verify(token, 'alice', undefined)).toEqual({ objection: 'malformed' });
  });

  it('expire', () => {
    let nowMs = 1_000_000;
    const short = new ConsistencyTokens({ keys: [KEY], lifetimeMs: 60_000, wallClock: () => nowMs });
    const token = short.sign(POSITION, 'alice');
    nowMs += 59_000;
    expect(short.verify(token, 'alice', undefined)).toEqual({ position: POSITION });
    nowMs += 2_000;
    expect(short.verify(token, 'alice', undefined)).toEqual({ objection: 'expired' });
    expect(other().verify(token, 'alice', undefined)).toEqual({ objection: 'expired' });
  });

  it('survive the exchange of keys, until the old one is taken out', () => {
    const before = new ConsistencyTokens({ keys: [OLD_KEY] });
    const during = new ConsistencyTokens({ keys: [KEY, OLD_KEY] });
    const token = before.sign(POSITION, 'alice');
    expect(during.verify(token, 'alice', undefined)).toEqual({ position: POSITION });
    expect(during.sign(POSITION, 'alice')).toMatch(/^k1\./);
    expect(tokens.verify(token, 'alice', undefined)).toEqual({ objection: 'forged' });
  });

  it.each([
    ['no key', []],
    ['a short secret', [{ id: 'k1', secret: 'short' }]],
    ['a strange id', [{ ...KEY, id: 'k.1' }]],
    ['one id twice', [KEY, { ...OLD_KEY, id: 'k1' }]],
  ])('refuse %s', (_, keys) => {
    expect(() => new ConsistencyTokens({ keys })).toThrow(ConfigurationError);
  });
});
