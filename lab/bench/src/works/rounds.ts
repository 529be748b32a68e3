import type { Bench } from '../bench';
import { isNoisy } from '../statistics';

/** The figures by which a case is judged. */
export interface Case {
  readonly work: string;
  readonly circumstances: string;
  readonly metric: string;
}

export interface Rounds {
  /** So many at least. */
  readonly count: number;
  /** How long one takes. */
  readonly expectedMs: number;
}

/** Measures until the figures of all contenders are steady, or there are enough rounds or no spare time. */
export async function measureRounds(
  { plan, figures, schedule }: Bench,
  { work, circumstances, metric }: Case,
  { count, expectedMs }: Rounds,
  measure: (round: number) => Promise<void>,
): Promise<void> {
  for (let round = 1; round <= plan.maxRounds; round += 1) {
    if (round > count && (isSteady() || !schedule.takeSpare(expectedMs))) return;
    await measure(round);
  }

  function isSteady(): boolean {
    return figures.all
      .filter((each) => each.work === work && each.case === circumstances && each.metric === metric)
      .every(({ rounds }) => !isNoisy(rounds));
  }
}
