import { Schedule } from './bench/src/schedule';
import { isNoisy, spreadOf } from './bench/src/statistics';
import { atLeast } from './bench/src/verdict';

describe('the spread of rounds', () => {
  it('is their range as a share of the median, without the outermost quarters', () => {
    expect(spreadOf([100])).toBe(0);
    expect(spreadOf([95, 100, 105])).toBeCloseTo(0.1);
    expect(spreadOf([1, 98, 100, 102, 500])).toBeCloseTo(0.04);
  });

  it('makes a row noisy above a tenth', () => {
    expect(isNoisy([90, 100, 111])).toBe(true);
    expect(isNoisy([1, 98, 100, 102, 500])).toBe(false);
    expect(isNoisy([7])).toBe(false);
  });
});

describe('a target', () => {
  const target = { topic: 'writes', what: 'one INSERT', bar: 1 } as const;
  const rates = { ours: [99, 101, 103], theirs: [98, 100, 104] };
  const costs = (ours: number) => ({ ours: [ours], theirs: [100] });

  it('compares the medians, beside the range of the rounds', () => {
    expect(atLeast(target, rates)).toMatchObject({ measured: '1.01 (0.99 – 1.01)', isMet: true });
  });

  it('is missed by CPU time only where that is judged', () => {
    expect(atLeast(target, rates, { costs: costs(101) })).toMatchObject({ byCpu: '0.99', isMet: true });
    const judged = { costs: costs(101), isCpuJudged: true };
    expect(atLeast(target, rates, judged)).toMatchObject({ byCpu: '0.99', isMet: false });
    expect(atLeast(target, rates, { ...judged, costs: costs(80) })).toMatchObject({ isMet: true });
  });

  it('that is just missed does not look as if it were met', () => {
    const slower = { ours: [999], theirs: [1_000] };
    expect(atLeast(target, slower)).toMatchObject({ measured: '0.99', isMet: false });
  });

  it('says when the rounds of one side differ too much', () => {
    expect(atLeast(target, { ...rates, theirs: [90, 100, 111] })).toMatchObject({ isNoisy: true });
  });

  it('is left out when one side was not measured', () => {
    expect(atLeast(target, { ...rates, theirs: undefined })).toBeUndefined();
  });
});

describe('the schedule of a run', () => {
  const MINUTE_MS = 60_000;
  let nowMs = 0;
  const lines: string[] = [];
  const schedule = (limitMinutes: number) => {
    nowMs = 0;
    lines.length = 0;
    const step = (name: string, minutes: number, isExtensible: boolean) => {
      return { name, expectedMs: minutes * MINUTE_MS, isExtensible };
    };
    const steps = [step('reads', 4, true), step('http', 4, false), step('writes', 8, true)];
    return new Schedule(
      steps,
      limitMinutes * MINUTE_MS,
      (line) => lines.push(line),
      () => nowMs,
    );
  };

  it('says at the start how long it takes, and corrects it by what has ended', () => {
    const run = schedule(30);
    run.announce();
    run.begin('reads');
    nowMs = 9 * MINUTE_MS;
    run.begin('http');
    expect(lines).toEqual([
      'takes about 16 min: reads 4 min, http 4 min, writes 8 min',
      'reads: after 0 s, with about 16 min to go',
      'http: after 9 min, with about 24 min to go',
    ]);
  });

  it('shares the time that is left among the steps that can use it', () => {
    const run = schedule(22);
    run.begin('reads');
    // A third of six minutes: writes are expected to take twice as long.
    expect(run.takeSpare(1.5 * MINUTE_MS)).toBe(true);
    expect(run.takeSpare(1 * MINUTE_MS)).toBe(false);
    nowMs = 5.5 * MINUTE_MS;
    run.begin('http');
    expect(run.takeSpare(1)).toBe(false);
    nowMs = 9.5 * MINUTE_MS;
    run.begin('writes');
    expect(run.takeSpare(4.5 * MINUTE_MS)).toBe(true);
    expect(run.takeSpare(1)).toBe(false);
  });

  it('has nothing to spare when it is late', () => {
    const run = schedule(16);
    run.begin('reads');
    nowMs = 8 * MINUTE_MS;
    run.begin('writes');
    expect(run.takeSpare(1)).toBe(false);
  });
});
