import type { Clock } from '../../clock';
import type { Decision } from '../../routing/decide';
import type { NodeStatus } from '../../cluster/topology/snapshot';
import { emptyResult } from '../../postgres/protocol/query-types';
import type { StatementResult } from '../../engine/result';
import type { AutocommitStatement } from '../autocommit-statement';
import { RequestLimits } from '../limits/request-limits';
import { type Attempt, HedgeRace, type RaceEnd } from './hedge-race';

/** An attempt that ends when the test says so; it can be cancelled like a statement. */
class ManualAttempt implements Attempt {
  readonly decision: Decision;
  readonly answer = emptyResult('SELECT');
  isSent = false;
  cancelledBy: Error | undefined;
  readonly outcomes: string[] = [];
  succeed: () => void = () => undefined;
  fail: (error: Error) => void = () => undefined;
  readonly statement = {
    send: () => {
      this.isSent = true;
      return new Promise<StatementResult>((resolve, reject) => {
        this.succeed = () => resolve(this.answer);
        this.fail = reject;
        RequestLimits.current()?.watch((error) => {
          this.cancelledBy = error;
          reject(error);
        });
      });
    },
    report: (_decision: Decision, outcome: string) => void this.outcomes.push(outcome),
  } as unknown as AutocommitStatement;

  constructor(name: string) {
    const node: NodeStatus = {
      address: { name, host: name, port: 1 },
      role: 'replica',
      state: 'up',
      reason: '',
    };
    this.decision = { node, reason: 'read' };
  }
}

describe('a read on two nodes', () => {
  let nowMs: number;
  let first: ManualAttempt;
  let second: ManualAttempt;
  let timers: { isCancelled: boolean; callback: () => void; delayMs: number; dueMs: number }[];
  let seen: { latenciesMs: number[]; overtaken: string[]; passed: string[] };

  const clock: Clock = {
    now: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { callback, delayMs, dueMs: nowMs + delayMs, isCancelled: false };
      timers.push(timer);
      return { cancel: () => (timer.isCancelled = true) };
    },
    afterArrivals: setImmediate,
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  function start({
    delayMs = 5,
    hasSecond = true,
    mayAskSecond = true,
  }: { delayMs?: number | undefined; hasSecond?: boolean; mayAskSecond?: boolean } = {}): Promise<RaceEnd> {
    const race = new HedgeRace(
      {
        route: { target: 'replica', reason: 'read' },
        text: 'SELECT 1',
        first,
        second: () => (hasSecond ? second : undefined),
        onPassed: ({ decision }, error) =>
          seen.passed.push(`${decision.node.address.name}: ${(error as Error).message}`),
      },
      {
        clock,
        delayMs,
        mayAskSecond: () => mayAskSecond,
        onLatency: (latencyMs) => seen.latenciesMs.push(latencyMs),
        load: { recordOvertaken: ({ address }) => void seen.overtaken.push(address.name) },
      },
    );
    return race.end;
  }

  async function timeIsUp(): Promise<void> {
    nowMs += 5;
    for (const { callback, isCancelled, dueMs } of timers) if (!isCancelled && dueMs <= nowMs) callback();
    await turn();
  }

  beforeEach(() => {
    nowMs = 0;
    timers = [];
    first = new ManualAttempt('first');
    second = new ManualAttempt('second');
    seen = { latenciesMs: [], overtaken: [], passed: [] };
  });

  it('stays on the first node when that answers in time', async () => {
    const end = start();
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([5]);
    nowMs += 3;
    first.succeed();
    expect(await end).toMatchObject({ decision: first.decision, result: first.answer });
    expect(timers[0]?.isCancelled).toBe(true);
    expect(second.isSent).toBe(false);
    expect(seen).toEqual({ latenciesMs: [3], overtaken: [], passed: [] });
  });

  it('is not late when its answer has arrived but has not been processed yet', async () => {
    const end = start();
    timers[0]?.callback();
    first.succeed();
    await end;
    await turn();
    expect(second.isSent).toBe(false);
  });

  it('is answered by the second node when that is faster; the first attempt is cancelled', async () => {
    const end = start();
    await timeIsUp();
    nowMs += 1;
    second.succeed();
    expect(await end).toMatchObject({ decision: second.decision, result: second.answer });
    await turn();
    expect(first.cancelledBy).toBeDefined();
    expect(first.outcomes).toEqual(['cancelled']);
    expect(second.outcomes).toEqual([]);
    expect(seen).toEqual({ latenciesMs: [6], overtaken: ['first'], passed: [] });
  });

  it('is answered by the first node when that is faster after all; the second attempt is cancelled', async () => {
    const end = start();
    await timeIsUp();
    first.succeed();
    expect(await end).toMatchObject({ decision: first.decision });
    await turn();
    expect(second.cancelledBy).toBeDefined();
    expect(second.outcomes).toEqual(['cancelled']);
    expect(seen).toEqual({ latenciesMs: [5], overtaken: [], passed: [] });
  });

  it.each(['first', 'second'] as const)(
    'waits for the other attempt when the %s one fails',
    async (which) => {
      const [failing, other] = which === 'first' ? [first, second] : [second, first];
      const end = start();
      await timeIsUp();
      failing.fail(new Error('broken'));
      await turn();
      other.succeed();
      expect(await end).toMatchObject({ decision: other.decision, result: other.answer });
      expect(seen.passed).toEqual([`${which}: broken`]);
      expect(seen.overtaken).toEqual([]);
    },
  );

  it('fails with the later error when both attempts fail', async () => {
    const end = start();
    await timeIsUp();
    second.fail(new Error('one'));
    await turn();
    first.fail(new Error('other'));
    expect(await end).toMatchObject({ decision: first.decision, error: new Error('other') });
    expect(seen.passed).toEqual(['second: one']);
  });

  it('fails at once when the first attempt fails before the second begins', async () => {
    const end = start();
    first.fail(new Error('broken'));
    expect(await end).toMatchObject({ decision: first.decision, error: new Error('broken') });
    expect(timers[0]?.isCancelled).toBe(true);
  });

  it.each([{ hasSecond: false }, { mayAskSecond: false }])(
    'stays on one node with %j',
    async (circumstances) => {
      const end = start(circumstances);
      await timeIsUp();
      expect(second.isSent).toBe(false);
      first.succeed();
      expect(await end).toMatchObject({ decision: first.decision });
    },
  );

  it('ends on both nodes when its request ends', async () => {
    const limits = new RequestLimits(clock, 1_000);
    const end = limits.apply(() => start());
    await timeIsUp();
    expect(second.isSent).toBe(true);
    limits.abort();
    expect(await end).toHaveProperty('error', first.cancelledBy);
    expect(second.cancelledBy).toBe(first.cancelledBy);
  });
});
