import type { Clock } from '../../clock';
import { Lsn } from '../../postgres/position/lsn';
import type { NodeStatus } from '../../cluster/topology/snapshot';
import { PositionWaits, type PositionWaitsOptions } from './position-waits';
import { ReplayProgress } from '../../cluster/replay-progress';

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
    afterArrivals: setImmediate,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
  };

  beforeEach(() => {
    nowMs = 0;
    timers = [];
    replayed = new Lsn(0n);
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
      progress: new ReplayProgress(clock),
      onWaited: () => undefined,
      ...more,
    });

  it('share the questions, and continue when the replica has what they need', async () => {
    const waits = open();
    const [near, far] = [waits.forPosition(NODE, new Lsn(10n)), waits.forPosition(NODE, new Lsn(20n))];
    replayed = new Lsn(10n);
    await pass(20);
    expect(await near).toBe(true);
    const before = questions;
    replayed = new Lsn(20n);
    await pass(20);
    expect(await far).toBe(true);
    expect(questions - before).toBeLessThanOrEqual(20);
  });

  it('give up after the limit', async () => {
    const waiting = open().forPosition(NODE, new Lsn(10n));
    await pass(LIMIT_MS + 20);
    expect(await waiting).toBe(false);
  });
});
