import type { Recorder } from '../history/recorder';
import type { Lab } from '../lab';

/** A schedule in which only one behaviour of the product prevents a violation. */
export interface Scenario {
  /** Also the name of the mutant that disables that behaviour. */
  readonly name: string;
  readonly what: string;
  run(lab: Lab, recorder: Recorder): Promise<void>;
}
