/** What `drain` needs of an application. */
export interface Drainable {
  beginDrain(): void;
  close(): Promise<void>;
}

export type DrainOutcome = 'drained' | 'timed-out';

/**
 * Not ready at once. After `delayMs`, in which new requests are still served and their connections closed, nothing new is
 * taken; requests in flight finish and everything closes, in at most `timeoutMs`.
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
