import type { Bench } from '../bench';
import type { Contender } from '../contender/contender';

const CALLERS = 32;
const WINDOW_MS = 1_500;
const MAX_WINDOWS = 10;
/** Before that, two windows can agree because neither has been compiled. */
const MIN_OPERATIONS = 10_000;
/** Two windows agree when their costs differ by no more than this. */
const TOLERANCE = 0.05;

/** What it usually takes. */
export const WARM_UP_TAKES_MS = 5 * WINDOW_MS;

/**
 * Runs the work until the contender's CPU time per operation no longer changes: a service that runs for days
 * executes compiled code, and the compiler takes many seconds to make it. CPU time, because elapsed time
 * depends on what else the machine does.
 */
export async function warmUp(bench: Bench, work: string, contender: Contender): Promise<void> {
  let before = 0;
  let operations = 0;
  for (let window = 1; window <= MAX_WINDOWS; window += 1) {
    const load = { kind: 'closed', callers: CALLERS, warmMs: 0 } as const;
    const { cpuMs, allOperations } = await contender.measure(work, load, WINDOW_MS);
    const cost = cpuMs / Math.max(1, allOperations);
    operations += allOperations;
    if (operations >= MIN_OPERATIONS && Math.abs(cost - before) <= TOLERANCE * before) return;
    before = cost;
  }
  const seconds = (MAX_WINDOWS * WINDOW_MS) / 1_000;
  bench.figures.note(work, `${contender.name}: its cost still changed after ${seconds} s of warming up`);
}
