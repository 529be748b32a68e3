import { decisionCosts } from './decision-cost';
import { runScale } from './run-scale';
import { verdicts } from './verdict';

describe('a large cluster', () => {
  it('forgets what is over and chooses by two nodes, also when it is small', async () => {
    const lines: string[] = [];
    const plan = { seed: 1, nodes: 12, sessions: 120, minutes: 8 };
    const result = await runScale(plan, (line) => lines.push(line));
    // How even the load is, and how much a retry adds to it, take more requests to say.
    const [, , ...found] = verdicts(result, await decisionCosts());
    expect(found.filter(({ isKept }) => !isKept)).toEqual([]);
    expect(lines).toHaveLength(plan.minutes);
    expect(result.tally.between(0, Infinity).requests).toBeGreaterThan(1_000);
    // It only computes: on a machine that is busy with other specs, for longer than they are allowed.
  }, 180_000);
});
