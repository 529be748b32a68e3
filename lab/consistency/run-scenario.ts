import { checkHistory } from './checker/check-history';
import type { Recorder } from './history/recorder';
import type { Lab } from './lab';
import type { Scenario } from './scenarios/scenario';
import { summary } from './summary';

/** Runs one schedule and checks its history. Returns the unmet expectations. */
export async function runScenario(
  scenario: Scenario,
  lab: Lab,
  recorder: Recorder,
  say: (line: string) => void,
): Promise<string[]> {
  say(`${scenario.name}: ${scenario.what}`);
  await scenario.run(lab, recorder);
  for (const line of await lab.finals()) recorder.add(line);
  const verdict = checkHistory(recorder.lines);
  say(`\n${summary(recorder.lines, verdict)}\n`);
  return verdict.violations.length > 0 ? [`${verdict.violations.length} violations`] : [];
}
