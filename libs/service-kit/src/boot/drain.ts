/** What `drain` needs from an application. */
export interface Drainable {
  beginDrain(): void;
  close(): Promise<void>;
}

export type DrainOutcome = 'drained' | 'timed-out';

/**
 * Makes the application not ready at once. For `delayMs` it still serves new requests and closes their
 * connections. Then it accepts nothing new, finishes requests in flight, and closes everything, in at most
 * `timeoutMs`.
 *
 * @throws what `close` throws, if it fails before the limit
 */
export async function drain(
  app: Drainable,
  { delayMs, timeoutMs }: { delayMs: number; timeoutMs: number },
): Promise<DrainOutcome> {
  app.beginDrain();
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<DrainOutcome>((resolve) => {
    timer = setTimeout(() => resolve('timed-out'), timeoutMs);
  });
  try {
    return await Promise.race([app.close().then(() => 'drained' as const), limit]);
  } finally {
    clearTimeout(timer);
  }
}
