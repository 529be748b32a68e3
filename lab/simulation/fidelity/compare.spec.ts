import { describeVerdict, playSimulated, SCENARIOS } from './compare';

describe('the scenarios of the comparison with a real cluster', () => {
  it.each(SCENARIOS.map((scenario, index) => [scenario.name, scenario, index] as const))(
    '%s: plays to its end on the simulated cluster, the same each time',
    async (_, scenario, index) => {
      const verdicts = await playSimulated(scenario, index, 1);
      expect(verdicts.length).toBeGreaterThan(0);
      for (const { step } of verdicts) expect(step).not.toBe('the scenario');
      const again = await playSimulated(scenario, index, 1);
      expect(again.map(describeVerdict)).toEqual(verdicts.map(describeVerdict));
    },
  );

  it('are at least 20, each with a name of its own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(20);
  });
});
