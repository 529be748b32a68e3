import { Lsn } from '../postgres/position/lsn';
import { ReplayProgress } from './replay-progress';

describe('the progress of replay', () => {
  let nowMs: number;
  let progress: ReplayProgress;

  beforeEach(() => {
    nowMs = 1000;
    progress = new ReplayProgress({
      now: () => nowMs,
      after: () => ({ cancel: () => undefined }),
      afterArrivals: setImmediate,
    });
  });

  it('expects nothing of a node that it does not know, and none of one that is there', () => {
    expect(progress.waitMsUntil('a', new Lsn(100n))).toBe(0);
    progress.observe('a', new Lsn(100n));
    expect(progress.waitMsUntil('a', new Lsn(100n))).toBe(0);
  });

  it('takes an idle replica for a quick one: how long it had nothing to do says nothing', () => {
    progress.observe('a', new Lsn(100n));
    nowMs += 60_000;
    progress.observe('a', new Lsn(200n));
    nowMs += 60_000;
    expect(progress.waitMsUntil('a', new Lsn(10_000n))).toBe(0);
  });

  it('measures the rate of one that is behind, and expects it to go on', () => {
    progress.observe('a', new Lsn(100n), true);
    nowMs += 10;
    progress.observe('a', new Lsn(200n), true);
    expect(progress.waitMsUntil('a', new Lsn(700n))).toBe(50);
    nowMs += 20;
    expect(progress.waitMsUntil('a', new Lsn(700n))).toBe(30);
    expect(progress.waitMsUntil('a', new Lsn(150n))).toBe(0);
  });

  it('counts the time of one that stands still', () => {
    progress.observe('a', new Lsn(100n), true);
    for (let asked = 0; asked < 10; asked++) {
      progress.observe('a', new Lsn(100n), true);
      nowMs += 10;
    }
    progress.observe('a', new Lsn(200n), true);
    expect(progress.waitMsUntil('a', new Lsn(300n))).toBe(100);
  });

  it('measures nothing between rare questions', () => {
    progress.observe('a', new Lsn(100n), true);
    nowMs += 400;
    progress.observe('a', new Lsn(200n), true);
    expect(progress.waitMsUntil('a', new Lsn(10_000n))).toBe(0);
  });

  it('does not hold it against a node for ever that it was slow: somebody has to ask again', () => {
    progress.observe('a', new Lsn(100n), true);
    nowMs += 10;
    progress.observe('a', new Lsn(101n), true);
    expect(progress.waitMsUntil('a', new Lsn(100_000n))).toBeGreaterThan(900_000);
    nowMs += 501;
    expect(progress.waitMsUntil('a', new Lsn(100_000n))).toBe(0);
  });

  it('avoids one that was waited for in vain, for a while', () => {
    progress.observe('a', new Lsn(100n), true);
    progress.avoid('a');
    expect(progress.waitMsUntil('a', new Lsn(200n))).toBe(Infinity);
    expect(progress.waitMsUntil('a', new Lsn(100n))).toBe(0);
    nowMs += 500;
    expect(progress.waitMsUntil('a', new Lsn(200n))).toBe(0);
  });

  it('believes a server that was restarted when it says less than before', () => {
    progress.observe('a', new Lsn(500n));
    progress.observe('a', new Lsn(100n));
    expect(progress.waitMsUntil('a', new Lsn(500n))).toBe(0);
    progress.observe('a', new Lsn(100n), true);
    nowMs += 10;
    progress.observe('a', new Lsn(110n), true);
    expect(progress.waitMsUntil('a', new Lsn(500n))).toBe(390);
  });
});
