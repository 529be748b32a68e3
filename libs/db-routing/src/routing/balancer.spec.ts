import { twoRandomChoices } from './balancer';

/** Returns these numbers in order. */
function script(...numbers: number[]): () => number {
  return () => numbers.shift() ?? 0;
}

describe('two random choices', () => {
  const load = (name: string) => ({ a: 5, b: 1, c: 3 })[name] ?? 0;

  // Two draws pick the candidates, and the third chooses between them: a is 25 times less likely than b, and
  // 25:9 against c.
  it.each([
    [['a'], [0.9], 'a'],
    [['a', 'b'], [0, 0, 0.95], 'b'],
    [['a', 'b'], [0, 0, 0.97], 'a'],
    [['a', 'b'], [0.9, 0.9, 0.03], 'a'],
    [['a', 'b'], [0.9, 0.9, 0.05], 'b'],
    [['a', 'b', 'c'], [0, 0, 0.5], 'b'],
    [['a', 'b', 'c'], [0, 0.9, 0.7], 'c'],
    [['a', 'b', 'c'], [0, 0.9, 0.8], 'a'],
  ])('of %j with draws %j: %s', (candidates, draws, picked) => {
    expect(twoRandomChoices(candidates, load, script(...draws))).toBe(picked);
  });

  it('gives the busier one less, and never nothing', () => {
    const counts: Record<string, number> = { a: 0, b: 0 };
    for (let i = 0; i < 5000; i++) counts[twoRandomChoices(['a', 'b'], load, Math.random)]!++;
    expect(counts['a']).toBeGreaterThan(50);
    expect(counts['a']).toBeLessThan(500);
  });

  it('spreads equal loads evenly', () => {
    const counts: Record<string, number> = { x: 0, y: 0 };
    for (let i = 0; i < 2000; i++) counts[twoRandomChoices(['x', 'y'], () => 0, Math.random)]!++;
    expect(counts['x']).toBeGreaterThan(800);
    expect(counts['y']).toBeGreaterThan(800);
  });
});
