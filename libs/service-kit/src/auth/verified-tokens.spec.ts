import { VerifiedTokens } from './verified-tokens';

const alice = { subject: 'alice', roles: ['support'], tenant: 'acme' };

describe('verified tokens', () => {
  let nowMs: number;
  let tokens: VerifiedTokens;

  beforeEach(() => {
    nowMs = 1_000_000;
    tokens = new VerifiedTokens(() => nowMs);
  });

  it('are found by the whole token only', () => {
    tokens.add('a.b.c', alice, nowMs + 3_600_000);
    expect(tokens.callerOf('a.b.c')).toBe(alice);
    expect(tokens.callerOf('a.b.d')).toBeUndefined();
  });

  it('are forgotten the moment they expire', () => {
    tokens.add('a.b.c', alice, nowMs + 10);
    nowMs += 9;
    expect(tokens.callerOf('a.b.c')).toBe(alice);
    nowMs += 1;
    expect(tokens.callerOf('a.b.c')).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  it('are verified again after a minute, because keys can be revoked', () => {
    tokens.add('a.b.c', alice, nowMs + 3_600_000);
    nowMs += 60_000;
    expect(tokens.callerOf('a.b.c')).toBeUndefined();
  });

  it('number at most ten thousand: the oldest is dropped', () => {
    for (let n = 0; n <= 10_000; n += 1) tokens.add(`token ${n}`, alice, nowMs + 1_000);
    expect(tokens.size).toBe(10_000);
    expect(tokens.callerOf('token 0')).toBeUndefined();
    expect(tokens.callerOf('token 10000')).toBe(alice);
  });
});
