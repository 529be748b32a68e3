import type { Bench } from '../bench';
import type { Contender } from '../contender/contender';

const CALLERS = 32;
const WINDOW_MS = 1_500;
const MAX_MS = 15_000;
/** Before that, two windows can agree because neither has been compiled. */
const MIN_OPERATIONS = 10_000;
/** Two windows agree when their costs differ by no more than this. */
const TOLERANCE = 0.05;

/** What it usually takes. */
export const WARM_UP_TAKES_MS = 5 * WINDOW_MS;

export interface Window {
  readonly cpuMs: number;
  readonly operations: number;
}

/** Runs the work until the contender is warm. */
export async function warmUp(bench: Bench, work: string, contender: Contender): Promise<void> {
  const load = { kind: 'closed', callers: CALLERS, warmMs: 0 } as const;
  const measure = async () => {
    const { cpuMs, allOperations } = await contender.measure(work, load, WINDOW_MS);
    return { cpuMs, operations: allOperations };
  };
  if (!(await becomesSteady(measure, MAX_MS / WINDOW_MS))) noteItIsCold(bench, work, contender.name, MAX_MS);
}

/**
 * Measures until the CPU time per operation no longer changes: a service that runs for days executes compiled
 * code, and the compiler takes many seconds to make it. CPU time, because elapsed time depends on what else
 * the machine does. False when it still changes after so many windows.
 */
export async function becomesSteady(measure: () => Promise<Window>, maxWindows: number): Promise<boolean> {
  let before = 0;
  let total = 0;
  for (let window = 1; window <= maxWindows; window += 1) {
    const { cpuMs, operations } = await measure();
    const cost = cpuMs / Math.max(1, operations);
    total += operations;
    if (total >= MIN_OPERATIONS && Math.abs(cost - before) <= TOLERANCE * before) return true;
    before = cost;
  }
  return false;
}

export function noteItIsCold(bench: Bench, work: string, name: string, warmedMs: number): void {
  bench.figures.note(work, `${name}: its cost still changed after ${warmedMs / 1_000} s of warming up`);
}
