import type { Clock } from '../../clock';
import { RequestAbortedError, RequestTimeoutError } from '../../errors';
import { RequestLimits } from './request-limits';

describe('the limits of a request', () => {
  let timers: (() => void)[];
  let limits: RequestLimits;

  const clock: Clock = {
    now: () => 0,
    afterArrivals: setImmediate,
    after: (_, callback) => {
      timers.push(callback);
      return { cancel: () => (timers = timers.filter((other) => other !== callback)) };
    },
  };

  beforeEach(() => {
    timers = [];
    limits = new RequestLimits(clock, 500);
  });

  it('are watched by one timer, however many statements run', () => {
    const seen: Error[] = [];
    for (let n = 0; n < 40; n++) limits.watch((error) => seen.push(error));
    expect(timers).toHaveLength(1);
    limits.abort();
    expect(seen).toHaveLength(40);
    expect(seen.every((error) => error instanceof RequestAbortedError)).toBe(true);
    expect(timers).toEqual([]);
  });

  it('leave no timer behind when nothing runs any more', async () => {
    await expect(limits.within(Promise.resolve(1))).resolves.toBe(1);
    expect(timers).toEqual([]);
  });

  it('end what runs when the budget is spent', async () => {
    const work = limits.within(new Promise(() => undefined));
    timers[0]?.();
    await expect(work).rejects.toThrow(RequestTimeoutError);
  });

  it('report at once when the request is aborted', async () => {
    limits.abort();
    await expect(limits.within(new Promise(() => undefined))).rejects.toThrow(RequestAbortedError);
  });
});
