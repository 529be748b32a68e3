import { RetryBudget } from './retry-budget';

describe('the retry budget', () => {
  let nowMs: number;
  let budget: RetryBudget;

  beforeEach(() => {
    nowMs = 0;
    const clock = {
      now: () => nowMs,
      after: () => ({ cancel: () => undefined }),
      afterArrivals: setImmediate,
    };
    budget = new RetryBudget({ share: 0.25, minPerSecond: 1, clock });
  });

  const withdrawals = (limit = 10_000) => {
    let count = 0;
    while (count < limit && budget.withdraw()) count += 1;
    return count;
  };

  it('allows a quiet service a few retries', () => {
    expect(withdrawals()).toBe(10);
    expect(budget.withdraw()).toBe(false);
  });

  it('allows a busy one a share of its requests', () => {
    for (let n = 0; n < 1000; n++) budget.deposit();
    expect(withdrawals()).toBe(260);
  });

  it('fills up again with time', () => {
    withdrawals();
    nowMs += 1000;
    expect(withdrawals()).toBe(1);
    nowMs += 60_000;
    expect(withdrawals()).toBe(10);
  });

  it('lets old savings fade', () => {
    for (let n = 0; n < 1000; n++) budget.deposit();
    nowMs += 60_000;
    expect(withdrawals()).toBe(10);
  });
});
