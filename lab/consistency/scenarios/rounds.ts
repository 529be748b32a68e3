import { pause } from '../load/pause';

/** Repeats this many times, and waits for replication to catch up in between. */
export async function rounds(
  count: number,
  restMs: number,
  round: (number: number) => Promise<void>,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    await round(number);
    await pause(restMs);
  }
}
