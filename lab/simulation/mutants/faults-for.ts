import type { Fault } from '../faults/fault';
import { drawFaults } from '../faults/schedule';
import { castOf, drawSettings } from '../runner/settings';
import { Prng } from '../time/prng';
import type { Mutant } from './mutant';

const FAULTS = 16;
const FIRST_MS = 500;

/** A schedule with the faults of a mutant only; undefined where the seed draws its own. */
export function faultsFor(seed: number, faults: Mutant['faults']): readonly Fault[] | undefined {
  if (!faults) return undefined;
  const settings = drawSettings(new Prng(seed, 'run'));
  const cast = castOf(settings);
  if (typeof faults === 'function') return faults(cast);
  const options = { fromMs: FIRST_MS, untilMs: settings.loadMs, count: FAULTS, weights: faults };
  return drawFaults(new Prng(seed, 'mutant'), cast, options);
}
