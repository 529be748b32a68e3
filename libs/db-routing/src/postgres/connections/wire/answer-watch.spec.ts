import type { Clock } from '../../../clock';
import type { Liveness } from '../../protocol/liveness';
import { AnswerWatch } from './answer-watch';

const DEADLINE_MS = 1000;

describe('the watch over the answers of a connection', () => {
  let nowMs: number;
  let timers: { atMs: number; callback: () => void }[];
  let questions: ((liveness: Liveness) => void)[];
  let silences: number[];
  let watch: AnswerWatch;

  const clock: Clock = {
    now: () => nowMs,
    after: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
    afterArrivals: setImmediate,
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  async function pass(ms: number): Promise<void> {
    nowMs += ms;
    for (const due of timers.filter(({ atMs }) => atMs <= nowMs)) {
      timers = timers.filter((other) => other !== due);
      due.callback();
    }
    await settle();
  }

  async function say(liveness: Liveness): Promise<void> {
    questions.shift()?.(liveness);
    await settle();
  }

  beforeEach(() => {
    nowMs = 0;
    timers = [];
    questions = [];
    silences = [];
    watch = new AnswerWatch({
      clock,
      deadlineMs: DEADLINE_MS,
      ask: () => new Promise((resolve) => questions.push(resolve)),
    });
  });
  const begin = () => watch.begin((ms) => silences.push(ms));

  it('asks nothing while answers come in time, however many', async () => {
    begin();
    for (let answer = 0; answer < 5; answer++) {
      await pass(DEADLINE_MS - 1);
      watch.answered();
    }
    expect(questions).toHaveLength(0);
    watch.end();
    await pass(DEADLINE_MS);
    expect(questions).toHaveLength(0);
    expect(timers).toHaveLength(0);
  });

  it('has one timer for many statements, and counts the deadline of each from its own beginning', async () => {
    for (let statement = 0; statement < 5; statement++) {
      begin();
      await pass(300);
      expect(timers).toHaveLength(1);
      watch.answered();
      watch.end();
    }
    begin();
    await pass(DEADLINE_MS - 1);
    expect(questions).toHaveLength(0);
    await pass(1);
    expect(questions).toHaveLength(1);
  });

  it('asks for a statement that began while the second look at an earlier one was to come', async () => {
    begin();
    await pass(DEADLINE_MS);
    await say('idle');
    watch.answered();
    watch.end();
    begin();
    await pass(500);
    await say('idle');
    await pass(DEADLINE_MS - 500);
    await say('idle');
    await pass(500);
    await say('idle');
    expect(silences).toEqual([DEADLINE_MS]);
  });

  it('waits on while the backend works', async () => {
    begin();
    await pass(DEADLINE_MS);
    await say('works');
    await pass(DEADLINE_MS);
    expect(questions).toHaveLength(1);
    expect(silences).toEqual([]);
  });

  it('believes that an answer is lost when the backend is idle twice', async () => {
    begin();
    await pass(DEADLINE_MS);
    await say('idle');
    await pass(500);
    await say('idle');
    expect(silences).toEqual([DEADLINE_MS]);
  });

  it('takes an answer that comes between the two looks for an answer', async () => {
    begin();
    await pass(DEADLINE_MS);
    await say('idle');
    watch.answered();
    await pass(500);
    await say('idle');
    expect(silences).toEqual([]);
    await pass(DEADLINE_MS);
    expect(questions).toHaveLength(1);
  });

  it('leaves no timer behind when it ends, and another begins, while the server is asked', async () => {
    begin();
    await pass(DEADLINE_MS);
    watch.end();
    begin();
    await say('works');
    expect(timers).toHaveLength(1);
    watch.stop();
    expect(timers).toHaveLength(0);
  });
});
