import type { Clock } from '../../clock';
import { StatementHabits } from './statement-habits';

function habitsAt(start: { nowMs: number }, maxTexts?: number): StatementHabits {
  const clock: Clock = { now: () => start.nowMs, after: () => ({ cancel: () => undefined }) };
  return new StatementHabits({ clock, memoryMs: 1000, ...(maxTexts === undefined ? {} : { maxTexts }) });
}

describe('habits of statements', () => {
  it.each([
    ['quick and small', 50, 1000, 100_000, false],
    ['slow', 51, 1, 10, true],
    ['many rows', 1, 1001, 10, true],
    ['many bytes', 1, 1, 100_001, true],
  ])('%s: exclusive %s', (_, latencyMs, rows, bytes, isExclusive) => {
    const habits = habitsAt({ nowMs: 0 });
    habits.record('SELECT 1', latencyMs, rows, bytes);
    expect(habits.needsExclusive('SELECT 1')).toBe(isExclusive);
    expect(habits.needsExclusive('SELECT 2')).toBe(false);
  });

  it('are forgotten after a while, and learned again', () => {
    const time = { nowMs: 0 };
    const habits = habitsAt(time);
    habits.record('SELECT 1', 80, 1);
    time.nowMs = 999;
    expect(habits.needsExclusive('SELECT 1')).toBe(true);
    time.nowMs = 1000;
    expect(habits.needsExclusive('SELECT 1')).toBe(false);
    habits.record('SELECT 1', 80, 1);
    expect(habits.needsExclusive('SELECT 1')).toBe(true);
  });

  it('are remembered for the texts learned last', () => {
    const habits = habitsAt({ nowMs: 0 }, 2);
    for (const text of ['a', 'b', 'a', 'c']) habits.record(text, 80, 1);
    expect(['a', 'b', 'c'].filter((text) => habits.needsExclusive(text))).toEqual(['a', 'c']);
  });
});
