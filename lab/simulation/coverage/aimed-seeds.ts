import type { Fault } from '../faults/fault';
import { drawFaults } from '../faults/schedule';
import { castOf, drawSettings } from '../runner/settings';
import { Prng } from '../time/prng';
import type { Cell } from './state-matrix';

interface AimedSeed {
  readonly seed: number;
  readonly faults: readonly Fault[];
}

const FAULTS = 20;
const FIRST_MS = 500;
/** A cell that this many seeds do not fill is taken for one that the load cannot reach. */
const MAX_SEEDS = 8;

/** Seeds whose faults are all of the cell's kind, and wait for a statement in its phase. */
export function* aimedSeeds({ kind, phase }: Cell): Generator<AimedSeed> {
  let left = MAX_SEEDS;
  for (let seed = 1; left > 0; seed++) {
    const settings = drawSettings(new Prng(seed, 'run'));
    // A service that hedges no reads never has a hedged one.
    if (phase === 'hedged' && !settings.services.some(({ options }) => options.hedging)) continue;
    left -= 1;
    const options = { fromMs: FIRST_MS, untilMs: settings.loadMs, count: FAULTS, weights: { [kind]: 1 }, aim: phase };
    yield { seed, faults: drawFaults(new Prng(seed, `aimed/${kind}`), castOf(settings), options) };
  }
}
