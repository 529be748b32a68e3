import { WaitTimeoutError } from '../errors';
import type { Server, StopMode } from '../server';

const STOP_GRACE_MS = 8_000;

/** Stops a node in any state, gently first. */
export async function stopForSure(server: Server, mode: StopMode): Promise<void> {
  try {
    await server.stop(mode, STOP_GRACE_MS);
  } catch (error) {
    if (!(error instanceof WaitTimeoutError)) throw error;
    await server.kill();
  }
}
