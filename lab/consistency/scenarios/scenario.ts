import type { Recorder } from '../history/recorder';
import type { Lab } from '../lab';

/** A schedule in which one thing that the product must do is all that stands between it and a violation. */
export interface Scenario {
  /** Also the name of the mutant that leaves that thing undone. */
  readonly name: string;
  readonly what: string;
  run(lab: Lab, recorder: Recorder): Promise<void>;
}
