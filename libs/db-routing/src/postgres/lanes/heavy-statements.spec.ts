import type { Clock } from '../../clock';
import { HeavyStatements } from './heavy-statements';

function habitsAt(start: { nowMs: number }, maxTexts?: number): HeavyStatements {
  const clock: Clock = {
    now: () => start.nowMs,
    after: () => ({ cancel: () => undefined }),
    afterArrivals: setImmediate,
  };
  return new HeavyStatements({ clock, memoryMs: 1000, ...(maxTexts === undefined ? {} : { maxTexts }) });
}

describe('habits of statements', () => {
  it.each([
    ['quick and small', 50, 1000, 100_000, false],
    ['slow', 51, 1, 10, true],
    ['many rows', 1, 1001, 10, true],
    ['many bytes', 1, 1, 100_001, true],
  ])('%s: exclusive %s', (_, latencyMs, rows, bytes, isExclusive) => {
    const habits = habitsAt({ nowMs: 0 });
    for (let run = 0; run < 2; run++) habits.record('SELECT 1', latencyMs, rows, bytes);
    expect(habits.needsExclusive('SELECT 1')).toBe(isExclusive);
    expect(habits.needsExclusive('SELECT 2')).toBe(false);
  });

  it('are forgotten after a while, and learned again', () => {
    const time = { nowMs: 0 };
    const habits = habitsAt(time);
    const learn = () => [80, 80].forEach((latencyMs) => habits.record('SELECT 1', latencyMs, 1));
    learn();
    time.nowMs = 999;
    expect(habits.needsExclusive('SELECT 1')).toBe(true);
    time.nowMs = 1000;
    expect(habits.needsExclusive('SELECT 1')).toBe(false);
    learn();
    expect(habits.needsExclusive('SELECT 1')).toBe(true);
  });

  it('survive a run that is not slow yet', () => {
    const habits = habitsAt({ nowMs: 0 });
    for (let run = 0; run < 2; run++) habits.record('SELECT 1', 80, 1);
    for (let ageMs = 10; ageMs <= 50; ageMs += 10)
      expect(habits.recordRunning('SELECT 1', ageMs)).toBe(false);
    expect(habits.needsExclusive('SELECT 1')).toBe(true);
  });

  it('do not make a burst of one slow text look usual', () => {
    const habits = habitsAt({ nowMs: 0 });
    for (let run = 0; run < 100; run++) habits.record('SELECT slow', 100, 1);
    expect(habits.needsExclusive('SELECT slow')).toBe(true);
  });

  it('count a run that was slow before it ended once, and its size too', () => {
    const habits = habitsAt({ nowMs: 0 });
    expect(habits.recordRunning('slow', 80)).toBe(true);
    habits.record('slow', 120, 1, 10, true);
    expect(habits.needsExclusive('slow')).toBe(false);
    habits.recordRunning('large', 80);
    habits.record('large', 120, 1001, 10, true);
    expect(habits.needsExclusive('large')).toBe(true);
  });

  it('are not learned from one slow run, and are unlearned by quick ones', () => {
    const habits = habitsAt({ nowMs: 0 });
    habits.record('SELECT 1', 80, 1);
    expect(habits.needsExclusive('SELECT 1')).toBe(false);
    for (let run = 0; run < 10; run++) habits.record('SELECT 1', 80, 1);
    expect(habits.needsExclusive('SELECT 1')).toBe(true);
    for (let run = 0; run < 3; run++) habits.record('SELECT 1', 2, 1);
    expect(habits.needsExclusive('SELECT 1')).toBe(false);
  });

  it('are relative to the usual latency where everything is slow, up to a limit', () => {
    const habits = habitsAt({ nowMs: 0 });
    for (let run = 0; run < 500; run++) habits.record(`SELECT ${run}`, 30, 1);
    for (let run = 0; run < 2; run++) {
      habits.record('SELECT usual', 200, 1);
      habits.record('SELECT slow', 251, 1);
    }
    expect(habits.needsExclusive('SELECT usual')).toBe(false);
    expect(habits.needsExclusive('SELECT slow')).toBe(true);
  });

  it('are remembered for the most recently learned texts', () => {
    const habits = habitsAt({ nowMs: 0 }, 2);
    for (const text of ['a', 'b', 'a', 'c']) habits.record(text, 1, 5000);
    expect(['a', 'b', 'c'].filter((text) => habits.needsExclusive(text))).toEqual(['a', 'c']);
  });
});
