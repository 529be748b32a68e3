import type { Operation } from '../works/statements/statement-work';
import type { OpenLoad } from './protocol';
import type { Recorder } from './recorder';

const TICK_MS = 2;

/** Starts operations at a steady rate; resolves when the last one is answered or has timed out. */
export async function runOpenLoad(
  operation: Operation,
  { ratePerSecond, limitMs }: OpenLoad,
  durationMs: number,
  recorder: Recorder,
): Promise<void> {
  const waiting = new Set<Promise<void>>();
  const one = async (dueMs: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), limitMs);
    });
    try {
      const outcome = await Promise.race([operation(), late]);
      if (outcome === 'late') recorder.gaveUp(limitMs, new Error(`not answered within ${limitMs} ms`));
      else recorder.answered(performance.now() - dueMs, outcome);
    } catch (error) {
      recorder.gaveUp(performance.now() - dueMs, error);
    } finally {
      clearTimeout(timer);
    }
  };
  const startMs = performance.now();
  const total = Math.floor((durationMs / 1_000) * ratePerSecond);
  let started = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(total, ((performance.now() - startMs) / 1_000) * ratePerSecond);
      for (; started + 1 <= due; started += 1) {
        const work: Promise<void> = one(startMs + ((started + 1) * 1_000) / ratePerSecond).finally(() =>
          waiting.delete(work),
        );
        waiting.add(work);
      }
      if (started >= total) {
        clearInterval(timer);
        resolve();
      }
    }, TICK_MS);
  });
  await Promise.all(waiting);
}
