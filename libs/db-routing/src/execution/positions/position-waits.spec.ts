import type { Clock } from '../../clock';
import type { Lsn } from '../../postgres/position/lsn';
import type { NodeStatus } from '../../cluster/topology/snapshot';
import { PositionWaits, type PositionWaitsOptions } from './position-waits';
import { ReplayProgress } from './replay-progress';

const NODE: NodeStatus = {
  address: { name: 'replica', host: 'replica', port: 5432 },
  role: 'replica',
  state: 'up',
  reason: '',
};
const LIMIT_MS = 100;

describe('reads that wait for a replica', () => {
  let nowMs: number;
  let timers: { atMs: number; callback: () => void }[];
  let replayed: Lsn;
  let questions: number;

  const clock: Clock = {
    now: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
  };

  beforeEach(() => {
    nowMs = 0;
    timers = [];
    replayed = 0n;
    questions = 0;
  });

  const settle = () => new Promise((resolve) => setImmediate(resolve));
  async function pass(ms: number): Promise<void> {
    for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += 1) {
      for (const due of timers.filter(({ atMs }) => atMs <= nowMs)) {
        timers = timers.filter((other) => other !== due);
        due.callback();
      }
      await settle();
    }
  }
  const open = (more: Partial<PositionWaitsOptions> = {}) =>
    new PositionWaits({
      clock,
      limitMs: LIMIT_MS,
      ask: async () => {
        questions += 1;
        return replayed;
      },
      waitFor: () => undefined,
      progress: new ReplayProgress(clock),
      onWaited: () => undefined,
      ...more,
    });

  it('share the questions, and go on when it has what they need', async () => {
    const waits = open();
    const [near, far] = [waits.forPosition(NODE, 10n), waits.forPosition(NODE, 20n)];
    replayed = 10n;
    await pass(20);
    expect(await near).toBe(true);
    const before = questions;
    replayed = 20n;
    await pass(20);
    expect(await far).toBe(true);
    expect(questions - before).toBeLessThanOrEqual(20);
  });

  it('give up after the limit', async () => {
    const waiting = open().forPosition(NODE, 10n);
    await pass(LIMIT_MS + 20);
    expect(await waiting).toBe(false);
  });

  it('let a server that can wait do so, for the nearest position and no longer than the first of them may', async () => {
    const asked: [Lsn, number][] = [];
    let tell: (lsn: Lsn) => void = () => undefined;
    const waits = open({
      waitFor: (_, lsn, timeoutMs) => {
        asked.push([lsn, timeoutMs]);
        return new Promise((resolve) => (tell = resolve));
      },
    });
    const [far, near] = [waits.forPosition(NODE, 20n), waits.forPosition(NODE, 10n)];
    await pass(30);
    // The second one came when the server waited for the first already.
    expect(asked).toEqual([[20n, LIMIT_MS]]);
    tell(20n);
    await pass(1);
    expect([await far, await near]).toEqual([true, true]);
    expect(questions).toBe(0);

    const late = waits.forPosition(NODE, 30n);
    await pass(1);
    expect(asked.at(-1)).toEqual([30n, LIMIT_MS]);
    await pass(LIMIT_MS);
    tell(25n);
    await pass(1);
    expect(await late).toBe(false);
  });

  it('are asked about again where the server could not wait after all', async () => {
    let refusals = 0;
    const waits = open({
      waitFor: () => {
        refusals += 1;
        return refusals === 1 ? Promise.resolve(0n) : undefined;
      },
    });
    const waiting = waits.forPosition(NODE, 10n);
    await pass(5);
    replayed = 10n;
    await pass(20);
    expect(await waiting).toBe(true);
    expect(questions).toBeGreaterThan(0);
  });
});
