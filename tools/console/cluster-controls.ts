import { z } from 'zod';
import type { NodeFaults } from './contract';

const MAX_DELAY_MS = 60_000;

const oneNode = z.strictObject({
  fault: z.enum([
    'pause',
    'resume',
    'freeze',
    'thaw',
    'kill',
    'cut-services',
    'join-services',
    'cut-primary',
    'join-primary',
    'promote',
    'bring-back',
  ]),
  node: z.string(),
});
const delay = z.strictObject({
  fault: z.literal('delay'),
  node: z.string(),
  /** 0 ends the delay. */
  delayMs: z.int().min(0).max(MAX_DELAY_MS),
});
const undoAll = z.strictObject({ fault: z.literal('undo-all') });

export const faultRequest = z.discriminatedUnion('fault', [oneNode, delay, undoAll]);
export type FaultRequest = z.infer<typeof faultRequest>;

/** The fault cannot be applied to the node in its present state; the message says why. */
export class FaultRefusedError extends Error {
  override readonly name = 'FaultRefusedError';
}

/** The faults of a cluster that belongs to the console's owner. */
export interface ClusterControls {
  readonly nodes: readonly NodeFaults[];
  /** Resolves when the fault has taken effect. @throws FaultRefusedError */
  apply(request: FaultRequest): Promise<void>;
}
