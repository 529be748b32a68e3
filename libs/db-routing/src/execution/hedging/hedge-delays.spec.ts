import { HedgeDelays } from './hedge-delays';

describe('the delay before a hedge', () => {
  let delays: HedgeDelays;
  const recordMany = (text: string, latencyMs: number, times = 20) => {
    for (let n = 0; n < times; n++) delays.record(text, latencyMs);
  };

  beforeEach(() => {
    delays = new HedgeDelays({ percentile: 0.95, minDelayMs: 2, maxShare: 0.05 });
  });

  it('is unknown until there are enough measurements', () => {
    recordMany('a', 5, 19);
    expect(delays.of('a')).toBeUndefined();
  });

  it('follows the latencies of reads of the same text', () => {
    recordMany('quick', 5);
    recordMany('slow', 300);
    expect(delays.of('quick')).toBe(5);
    expect(delays.of('slow')).toBe(300);
  });

  it('follows the latencies of all reads when the text is new', () => {
    recordMany('quick', 5);
    expect(delays.of('new')).toBe(5);
  });

  it('is never below the minimum', () => {
    recordMany('a', 0.3);
    expect(delays.of('a')).toBe(2);
  });

  it('is remembered for the thousand newest texts', () => {
    recordMany('first', 5);
    recordMany('second', 6);
    for (let n = 0; n < 999; n++) delays.record(`SELECT ${n}`, 1);
    recordMany('last', 7);
    expect(delays.of('first')).toBe(delays.of('unknown'));
    expect(delays.of('last')).toBe(7);
  });
});
