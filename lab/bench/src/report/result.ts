import type { Verdict } from '../verdict';
import type { Plan, WorkName } from '../bench';
import type { Note, Summary } from '../figures';
import type { Machine } from '../machine';

/** Everything that a run reports: the content of the JSON file. */
export interface Result {
  readonly startedAt: string;
  readonly durationMs: number;
  readonly machine: Machine;
  readonly plan: Plan;
  readonly works: readonly WorkName[];
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly Note[];
  readonly figures: readonly Summary[];
}
