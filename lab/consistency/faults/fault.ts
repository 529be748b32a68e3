import type { SeededRandom } from '../../../libs/shop-database/src/seed/random';
import type { Lab } from '../lab';

/** A fault that is injected and then repaired. */
export interface Fault {
  readonly name: string;
  /** Resolves when the cluster is a primary with two replicas again, with a description for the record. */
  inject(lab: Lab, random: SeededRandom): Promise<string>;
}
