import type { StatementPhase } from '../checks/phases';
import type { Fault, FaultKind } from '../faults/fault';
import { drawFaults } from '../faults/schedule';
import { castOf, drawSettings } from '../runner/settings';
import { Prng } from '../time/prng';

/** What faults are to meet: any phase, unless one is named. */
interface Aim {
  readonly kinds: readonly FaultKind[];
  readonly phase?: StatementPhase;
}

interface AimedSeed {
  readonly seed: number;
  readonly faults: readonly Fault[];
}

const FAULTS = 20;
const FIRST_MS = 500;
/** A cell that this many seeds do not fill is taken for one that the load cannot reach. */
const MAX_SEEDS = 8;

/** Faults without which no statement is in a phase: none is between attempts before one has failed. */
const NEEDED: Partial<Record<StatementPhase, FaultKind>> = { 'between attempts': 'break' };

/** Seeds with faults of these kinds, and of the kind that the phase needs, at a statement in the phase. */
export function* aimedSeeds({ kinds, phase }: Aim): Generator<AimedSeed> {
  let left = MAX_SEEDS;
  for (let seed = 1; left > 0; seed++) {
    const settings = drawSettings(new Prng(seed, 'run'));
    // A service that hedges no reads never has a hedged one.
    if (phase === 'hedged' && !settings.services.some(({ options }) => options.hedging)) continue;
    left -= 1;
    const needed = phase && NEEDED[phase];
    const weights = Object.fromEntries([...kinds, ...(needed ? [needed] : [])].map((kind) => [kind, 1]));
    const options = { fromMs: FIRST_MS, untilMs: settings.loadMs, count: FAULTS, weights };
    const prng = new Prng(seed, `aimed/${kinds.join()}`);
    yield { seed, faults: drawFaults(prng, castOf(settings), { ...options, ...(phase && { aim: phase }) }) };
  }
}
