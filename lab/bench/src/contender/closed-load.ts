import type { Operation } from '../works/statements/statement-work';
import type { ClosedLoad } from './protocol';
import type { Recorder } from './recorder';

const PATIENCE_MS = 10_000;
const POLL_MS = 10;

/** Runs the operation with this many callers; resolves when all of them have stopped. */
export async function runClosedLoad(
  operation: Operation,
  { callers, warmMs }: ClosedLoad,
  durationMs: number,
  recorder: Recorder,
): Promise<{ readonly countedMs: number; readonly allOperations: number }> {
  let allOperations = 0;
  const state: { phase: 'warming' | 'counting' | 'over' } = { phase: 'warming' };
  const caller = async () => {
    while (state.phase !== 'over') {
      const startMs = performance.now();
      allOperations += 1;
      try {
        const isRight = await operation();
        if (isCounting(state)) recorder.answered(performance.now() - startMs, isRight);
      } catch (error) {
        if (isCounting(state)) recorder.gaveUp(performance.now() - startMs, error);
        // Otherwise a contender that refuses at once would keep the process from ever running its timers.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  };
  const running = Promise.all(Array.from({ length: callers }, caller));
  await elapsed(warmMs);
  recorder.reset();
  const startMs = performance.now();
  state.phase = 'counting';
  await elapsed(durationMs);
  // A very short measurement of something just started may otherwise count nothing.
  while (recorder.operations === 0 && performance.now() - startMs < PATIENCE_MS) await elapsed(POLL_MS);
  state.phase = 'over';
  const countedMs = performance.now() - startMs;
  await running;
  return { countedMs, allOperations };
}

function isCounting({ phase }: { readonly phase: string }): boolean {
  return phase === 'counting';
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
