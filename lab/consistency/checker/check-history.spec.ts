import { checkHistory } from './check-history';
import { found, KEY, kept, saw, wrote } from './spec-history';

describe('the checker', () => {
  it('finds nothing in a correct history', () => {
    expect(
      found(
        wrote('w1', 0, 1, { tokenOut: { timeline: 1, lsn: '100' } }),
        saw('r1', 20, 1, { tokenIn: { timeline: 1, lsn: '100' }, tokenOut: { timeline: 2, lsn: '90' } }),
        saw('r2', 40, 1, { session: 'bob', level: 'strong' }),
        saw('r3', 60, 0, { session: 'carol', level: 'eventual' }),
        wrote('w2', 80, 2, { outcome: 'unknown', writes: [{ key: KEY }] }),
        wrote('w3', 100, 3, { outcome: 'failed', writes: [{ key: KEY }] }),
        kept(1, 'w1'),
        kept(2, 'w2'),
      ),
    ).toEqual([]);
  });

  it('finds an acknowledged write that is missing, or attributed to another operation', () => {
    expect(found(wrote('w1', 0, 1))).toEqual(['acknowledged-writes-kept (none): w1']);
    expect(found(wrote('w1', 0, 1), kept(1, 'stranger'))).toEqual(['acknowledged-writes-kept (none): w1']);
  });

  it('finds a write that was reported as failed, in the final state and in a read', () => {
    const failed = wrote('w1', 0, 1, { outcome: 'failed', writes: [{ key: KEY }] });
    expect(found(failed, kept(1, 'w1'))).toEqual(['failed-writes-absent (none): w1']);
    const seen = saw('r1', 20, 1, { reads: [{ key: KEY, version: 1, writer: 'w1' }] });
    expect(found(failed, seen)).toEqual(['failed-writes-absent (session): r1']);
  });

  describe('a request with an idempotency key', () => {
    const request = 'key-1';
    const order = { key: 'order/1', version: 1 };
    const inEnd = { key: 'order/1', version: 1, writer: undefined, request };

    it('may fail first and succeed when repeated', () => {
      expect(
        found(
          wrote('w1', 0, 1, { outcome: 'unknown', writes: [{ key: 'order' }], request }),
          wrote('w2', 20, 1, { writes: [order], request }),
          { ...kept(1, ''), ...inEnd },
        ),
      ).toEqual([]);
    });

    it('must have no effect when every attempt failed', () => {
      expect(
        found(wrote('w1', 0, 1, { outcome: 'failed', writes: [{ key: 'order' }], request }), {
          ...kept(1, ''),
          ...inEnd,
        }),
      ).toEqual(['failed-writes-absent (none): w1']);
    });

    it('must not have two answers, two effects, or an effect without a key', () => {
      const other = { ...kept(1, ''), ...inEnd, key: 'order/2' };
      const answers = [
        wrote('w1', 0, 1, { writes: [order], request }),
        wrote('w2', 20, 1, { writes: [{ key: 'order/2', version: 1 }], request }),
      ];
      expect(found(...answers, { ...kept(1, ''), ...inEnd }, other)).toEqual([
        'one-effect-per-request (none): w2',
        'one-effect-per-request (none): final',
      ]);
      expect(found({ ...other, request: null })).toEqual(['one-effect-per-request (none): final']);
    });
  });

  it('finds a partial transaction, in a read or in the final state', () => {
    const pairs = [{ what: 'twin/0', values: [2, 1] as const }];
    expect(found(saw('r1', 0, 0, { reads: [], pairs }))).toEqual(['all-or-nothing (session): r1']);
    expect(found(kept(1, '', { pairs }))).toEqual(['all-or-nothing (none): final']);
  });

  it('finds a token that went back in position or timeline', () => {
    const tokenIn = { timeline: 2, lsn: '100' };
    for (const tokenOut of [
      { timeline: 2, lsn: '99' },
      { timeline: 1, lsn: '200' },
    ]) {
      expect(found(saw('r1', 0, 0, { reads: [], tokenIn, tokenOut }))).toEqual([
        'tokens-never-go-back (session): r1',
      ]);
    }
  });

  it('finds an issued token that is refused', () => {
    const error = '400 {"type":"urn:problem:consistency-token"}';
    expect(found(saw('r1', 0, 0, { outcome: 'failed', reads: [], error }))).toEqual([
      'genuine-tokens-accepted (session): r1',
    ]);
  });

  it('finds a write on a replica with any outcome', () => {
    expect(found(wrote('w1', 0, 1, { role: 'replica', outcome: 'failed', writes: [{ key: KEY }] }))).toEqual([
      'no-write-on-a-replica (none): w1',
    ]);
  });

  it('counts allowed stale reads, because a history without any proves nothing', () => {
    const lines = [
      wrote('w1', 0, 1, { session: 'bob' }),
      saw('r1', 20, 0, { level: 'eventual' }),
      saw('r2', 40, 1, { level: 'eventual' }),
      saw('r3', 60, 0, { level: 'bounded', maxStalenessMs: 1_000 }),
      kept(1, 'w1'),
    ];
    expect(checkHistory(lines)).toMatchObject({
      violations: [],
      staleEventualReads: 1,
      staleBoundedReads: 1,
    });
  });
});
