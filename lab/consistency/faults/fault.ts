import type { SeededRandom } from '../../../libs/shop-database/src/seed/random';
import type { Lab } from '../lab';

/** What can go wrong, and is put right again. */
export interface Fault {
  readonly name: string;
  /** Resolves when the cluster is a primary with two replicas again; with what was done, for the record. */
  inject(lab: Lab, random: SeededRandom): Promise<string>;
}
