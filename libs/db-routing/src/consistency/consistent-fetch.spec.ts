import { ConsistencyTokens, walPosition } from '../postgres/position/wal-position';
import { consistentFetch } from './consistent-fetch';
import { Session } from './session';
import { CONSISTENCY_HEADER } from './consistency-token';
import { TokenCarrier } from './token-carrier';

interface Call {
  readonly token: string | null;
  readonly answer: (token: string | undefined, status?: number) => void;
}

/** A fetch whose answers the test gives by hand. */
function byHand(): { fetch: typeof fetch; calls: Call[] } {
  const calls: Call[] = [];
  const fake = (_: unknown, init?: RequestInit) =>
    new Promise<Response>((resolve) => {
      calls.push({
        token: new Headers(init?.headers).get(CONSISTENCY_HEADER),
        answer: (token, status = 200) =>
          resolve(
            new Response(status === 400 ? '{"type":"urn:problem:consistency-token"}' : '', {
              status,
              headers: token === undefined ? {} : { [CONSISTENCY_HEADER]: token },
            }),
          ),
      });
    });
  return { fetch: fake, calls };
}

describe('consistentFetch in a client', () => {
  it('sends what the last answer brought', async () => {
    const { fetch, calls } = byHand();
    const send = consistentFetch(fetch);
    const first = send('http://a');
    calls[0]?.answer('t1');
    await first;
    const second = send('http://b', { headers: { accept: 'text/plain' } });
    expect(calls.map(({ token }) => token)).toEqual([null, 't1']);
    calls[1]?.answer('t2');
    await second;
    void send('http://c');
    expect(calls[2]?.token).toBe('t2');
  });

  it('keeps one token of each of several concurrent requests, in any order of their answers', async () => {
    const { fetch, calls } = byHand();
    const send = consistentFetch(fetch);
    const both = [send('http://a'), send('http://a')];
    calls[1]?.answer('newer');
    calls[0]?.answer('older');
    await Promise.all(both);
    const third = send('http://a');
    expect(calls[2]?.token?.split(',').sort()).toEqual(['newer', 'older']);
    calls[2]?.answer('of both');
    await third;
    void send('http://a');
    expect(calls[3]?.token).toBe('of both');
  });

  it('forgets a token that is refused, and asks again without it, once', async () => {
    const { fetch, calls } = byHand();
    const send = consistentFetch(fetch);
    const first = send('http://a');
    calls[0]?.answer('of an old key');
    await first;
    const second = send('http://a');
    calls[1]?.answer(undefined, 400);
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls[2]?.token).toBeNull();
    calls[2]?.answer('new');
    expect((await second).status).toBe(200);
  });
});

describe('consistentFetch in a service', () => {
  it('carries the session of the request there and back', async () => {
    const tokens = new ConsistencyTokens({ keys: [{ id: 'k', secret: 's'.repeat(32) }] });
    const sign = (lsn: bigint) => tokens.sign(walPosition('7', 1, lsn), 'alice');
    const { fetch, calls } = byHand();
    const send = consistentFetch(fetch);
    const session = new Session(walPosition('7', 1, 10n));
    const answered = session.run(() =>
      new TokenCarrier(tokens, 'alice', '7').run(() => send('http://history')),
    );
    const verdict = tokens.verify(calls[0]?.token ?? '', 'alice', '7');
    expect(verdict).toEqual({ position: walPosition('7', 1, 10n) });
    calls[0]?.answer(sign(12n));
    await answered;
    expect(session.position).toEqual(walPosition('7', 1, 12n));
  });
});
