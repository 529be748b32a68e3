import { pause } from '../load/pause';

/** Does it so often, with time for replication to be even in between. */
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
