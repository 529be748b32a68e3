import { twoRandomChoices } from './balancer';

/** Random numbers in a fixed order. */
function script(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0;
}

describe('two random choices', () => {
  const load = (name: string) => ({ a: 5, b: 1, c: 3 })[name] ?? 0;

  it.each([
    [['a'], [0.9], 'a'],
    [['a', 'b'], [0, 0], 'b'],
    [['a', 'b'], [0.9, 0.9], 'b'],
    [['a', 'b', 'c'], [0, 0], 'b'],
    [['a', 'b', 'c'], [0, 0.9], 'c'],
    [['a', 'b', 'c'], [0.9, 0.9], 'b'],
  ])('of %j with draws %j: %s', (candidates, draws, picked) => {
    expect(twoRandomChoices(candidates, load, script(...draws))).toBe(picked);
  });

  it('never draws the same candidate twice, so the busiest is never picked', () => {
    for (let i = 0; i < 1000; i++) {
      expect(twoRandomChoices(['a', 'b', 'c'], load, Math.random)).not.toBe('a');
    }
  });

  it('spreads equal loads evenly', () => {
    const counts: Record<string, number> = { x: 0, y: 0 };
    for (let i = 0; i < 2000; i++) counts[twoRandomChoices(['x', 'y'], () => 0, Math.random)]!++;
    expect(counts['x']).toBeGreaterThan(800);
    expect(counts['y']).toBeGreaterThan(800);
  });
});
