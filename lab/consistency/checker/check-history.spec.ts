import type { FinalLine, HistoryLine, OperationLine } from '../history/lines';
import { checkHistory } from './check-history';

const KEY = 'register/1';

/** An operation that takes ten milliseconds. */
function operation(id: string, atMs: number, given: Partial<OperationLine> = {}): OperationLine {
  return {
    line: 'operation',
    id,
    session: 'alice',
    phase: 'spec',
    via: 'pool',
    op: 'read',
    writes: [],
    reads: [],
    startMs: atMs,
    endMs: atMs + 10,
    outcome: 'ok',
    ...given,
  };
}

const wrote = (id: string, atMs: number, version: number, given: Partial<OperationLine> = {}) =>
  operation(id, atMs, { op: 'write', role: 'primary', writes: [{ key: KEY, version }], ...given });
const saw = (id: string, atMs: number, version: number, given: Partial<OperationLine> = {}) =>
  operation(id, atMs, { level: 'session', role: 'replica', reads: [{ key: KEY, version }], ...given });
const kept = (version: number, writer: string, given: Partial<FinalLine> = {}): FinalLine => ({
  line: 'final',
  key: KEY,
  version,
  writer,
  ...given,
});

/** `guarantee (level): operation` of each violation. */
function found(...lines: HistoryLine[]): string[] {
  return checkHistory(lines).violations.map(
    ({ guarantee, level = 'none', operation: of = 'final' }) => `${guarantee} (${level}): ${of}`,
  );
}

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

  describe('read your writes', () => {
    it('is violated by a read that misses a write acknowledged to its session', () => {
      expect(found(wrote('w1', 0, 1), saw('r1', 20, 0), kept(1, 'w1'))).toEqual([
        'read-your-writes (session): r1',
      ]);
    });

    it('is also violated across services', () => {
      expect(
        found(
          wrote('w1', 0, 1, { via: 'order-service' }),
          saw('r1', 20, 0, { via: 'history-service' }),
          kept(1, 'w1'),
        ),
      ).toEqual(['read-your-writes (session): r1']);
    });

    it('does not apply to reads of the levels eventual and bounded', () => {
      expect(
        found(
          wrote('w1', 0, 1),
          saw('r1', 20, 0, { level: 'eventual' }),
          saw('r2', 40, 0, { level: 'bounded', maxStalenessMs: 1_000 }),
          kept(1, 'w1'),
        ),
      ).toEqual([]);
    });

    it('does not cover concurrent operations of the session', () => {
      expect(
        found(wrote('w1', 0, 1), saw('r1', 5, 0), saw('r2', 5, 1), saw('r3', 12, 0), kept(1, 'w1')),
      ).toEqual(['read-your-writes (session): r3']);
    });

    it('does not cover writes of other sessions, or unacknowledged ones', () => {
      expect(
        found(
          wrote('w1', 0, 1, { session: 'bob' }),
          wrote('w2', 20, 2, { outcome: 'unknown', writes: [{ key: KEY }] }),
          saw('r1', 40, 0),
          kept(1, 'w1'),
          kept(2, 'w2'),
        ),
      ).toEqual([]);
    });
  });

  describe('monotonic reads', () => {
    const byBob = [wrote('w1', 0, 1, { session: 'bob' }), wrote('w2', 20, 2, { session: 'bob' })];
    const both = [kept(1, 'w1'), kept(2, 'w2')];

    it('are violated by a read that sees less than an earlier one', () => {
      expect(found(...byBob, saw('r1', 40, 2), saw('r2', 60, 1), ...both)).toEqual([
        'monotonic-reads (session): r2',
      ]);
    });

    it('include what a bounded read has seen, but not what an eventual one has', () => {
      expect(found(...byBob, saw('r1', 40, 2, { level: 'bounded' }), saw('r2', 60, 1), ...both)).toEqual([
        'monotonic-reads (session): r2',
      ]);
      expect(found(...byBob, saw('r1', 40, 2, { level: 'eventual' }), saw('r2', 60, 1), ...both)).toEqual([]);
    });

    it('do not cover writes undone by a failover before they were acknowledged', () => {
      const unknown = wrote('w3', 30, 3, { outcome: 'unknown', writes: [{ key: KEY }] });
      const seen = saw('r1', 40, 3, { reads: [{ key: KEY, version: 3, writer: 'w3' }] });
      const lines = [...byBob, unknown, seen, saw('r2', 60, 2), ...both];
      expect(found(...lines)).toEqual([]);
      expect(checkHistory(lines).readsOfVanishedWrites).toBe(1);
      // It was not undone after all.
      expect(found(...lines, kept(3, 'w3'))).toEqual(['monotonic-reads (session): r2']);
    });
  });

  describe('a strong read', () => {
    it('must show every write acknowledged before it began, in any session', () => {
      const byBob = wrote('w1', 0, 1, { session: 'bob' });
      expect(found(byBob, saw('r1', 20, 0, { level: 'strong' }), kept(1, 'w1'))).toEqual([
        'strong-reads (strong): r1',
      ]);
      expect(found(byBob, saw('r1', 5, 0, { level: 'strong' }), kept(1, 'w1'))).toEqual([]);
    });

    it('must show what another strong read has shown, even if the write is still in progress', () => {
      expect(
        found(
          wrote('w1', 0, 1, { session: 'bob', endMs: 100 }),
          saw('r1', 20, 1, { session: 'carol', level: 'strong' }),
          saw('r2', 40, 0, { level: 'strong' }),
          kept(1, 'w1'),
        ),
      ).toEqual(['strong-reads (strong): r2']);
    });
  });

  it('finds a bounded read that misses a write older than its bound plus the tolerance', () => {
    const run: HistoryLine = { line: 'run', seed: 1, seconds: 1, probingToleranceMs: 500 };
    const write = wrote('w1', 0, 1, { session: 'bob' });
    const bounded = { level: 'bounded', maxStalenessMs: 1_000 } as const;
    expect(found(run, write, saw('r1', 1_511, 0, bounded), kept(1, 'w1'))).toEqual([
      'bounded-staleness (bounded): r1',
    ]);
    expect(found(run, write, saw('r1', 1_509, 0, bounded), kept(1, 'w1'))).toEqual([]);
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
