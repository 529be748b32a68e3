import { RunningPercentile } from './running-percentile';

describe('a running percentile', () => {
  let seed: number;
  // Park and Miller's minimal standard generator: the same numbers in every run.
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;

  beforeEach(() => {
    seed = 11;
  });

  it('is undefined at first, and then starts at the longest measurement', () => {
    const percentile = new RunningPercentile(0.95);
    for (let n = 1; n < 20; n++) percentile.record(n);
    expect(percentile.ms).toBeUndefined();
    percentile.record(3);
    expect(percentile.ms).toBe(19);
  });

  it.each([0.5, 0.9, 0.95])('is exceeded by the right share of measurements: %f', (share) => {
    const percentile = new RunningPercentile(share);
    let exceeding = 0;
    for (let n = 0; n < 30_000; n++) {
      const ms = -Math.log(1 - random());
      if (n >= 10_000 && ms > percentile.ms!) exceeding += 1;
      percentile.record(ms);
    }
    expect(Math.abs(exceeding / 20_000 - (1 - share))).toBeLessThan(0.02);
  });

  it('follows latencies that rise, and that fall again', () => {
    const percentile = new RunningPercentile(0.95);
    const recordMany = (ms: number, times: number) => {
      for (let n = 0; n < times; n++) percentile.record(ms);
    };
    recordMany(1, 100);
    recordMany(50, 60);
    expect(percentile.ms).toBeGreaterThan(40);
    recordMany(1, 1_000);
    expect(percentile.ms).toBeLessThan(1.2);
  });
});
