import type { VirtualClock } from '../time/virtual-clock';
import type { Server } from '../world/server';
import type { World } from '../world/world';

/** Where the oldest statement on a connection is. */
export type WirePhase = 'on its way' | 'at work' | 'answered' | 'in COMMIT';

/** Why a connection to the primary is not used. */
export const LEADS_TO_REPLICA = 'its name leads to a replica';

/** One process of the load, as the network knows it. */
export interface Client {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly world: World;
  /** How long the driver waits for an answer before it asks whether the backend is still at work. */
  readonly answerDeadlineMs: number;
  /** Its monitoring user may not see what members of pg_monitor see. */
  readonly isUnprivileged: boolean;
  /** Its open connections. */
  readonly wires: Set<{ readonly phase: WirePhase | undefined }>;
  /** The newest timeline that a probe of the process has reported. */
  seenTimeline: number;
  /** The server that last answered a probe of each name. */
  readonly probed: Map<string, Server>;
}
