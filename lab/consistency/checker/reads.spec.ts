import type { HistoryLine } from '../history/lines';
import { checkHistory } from './check-history';
import { found, KEY, kept, saw, wrote } from './spec-history';

describe('the checker, on what a session reads', () => {
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

  describe('on a timeline that began without a version, which a later one has brought back', () => {
    // Version 2 was written on timeline 1 when timeline 2 had begun; timeline 3 goes on from timeline 1.
    const missing: HistoryLine = { line: 'missing', key: KEY, version: 2, writer: 'w2', timeline: 2 };
    const both = [
      wrote('w1', 0, 1, { timeline: 1 }),
      wrote('w2', 20, 2, { timeline: 1 }),
      missing,
      kept(1, 'w1'),
      kept(2, 'w2'),
    ];

    it('a session need not see it, but must see what is older', () => {
      expect(found(...both, saw('r1', 40, 1, { timeline: 2 }))).toEqual([]);
      expect(found(...both, saw('r1', 40, 0, { timeline: 2 }))).toEqual(['read-your-writes (session): r1']);
      expect(found(...both, saw('r1', 40, 1, { timeline: 1 }))).toEqual(['read-your-writes (session): r1']);
      expect(found(...both, saw('r1', 40, 1, { timeline: 3 }))).toEqual(['read-your-writes (session): r1']);
    });

    it('what the session has seen instead must be seen again', () => {
      const other = { timeline: 2, reads: [{ key: KEY, version: 2, writer: 'w3' }] };
      const lines = [...both, wrote('w3', 30, 2, { session: 'bob', timeline: 2 }), saw('r1', 40, 2, other)];
      expect(found(...lines, kept(2, 'w3'), saw('r2', 60, 1, { timeline: 2 }))).toEqual([
        'monotonic-reads (session): r2',
      ]);
    });

    it('a strong read need not show it, but must show what is older', () => {
      const strong = (version: number, timeline: number) =>
        saw('r1', 40, version, { level: 'strong', session: 'bob', timeline });
      expect(found(...both, strong(1, 2))).toEqual([]);
      expect(found(...both, strong(0, 2))).toEqual(['strong-reads (strong): r1']);
      expect(found(...both, strong(1, 3))).toEqual(['strong-reads (strong): r1']);
    });
  });

  describe('a strong read', () => {
    it('never runs on an older timeline than its session has seen', () => {
      const tokenIn = { timeline: 2, lsn: '100' };
      const strong = (timeline: number) => saw('r1', 40, 1, { level: 'strong', timeline, tokenIn });
      const lines = [wrote('w1', 0, 1, { timeline: 1 }), kept(1, 'w1')];
      expect(found(...lines, strong(2))).toEqual([]);
      expect(found(...lines, strong(1))).toEqual(['monotonic-reads (strong): r1']);
    });

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
});
