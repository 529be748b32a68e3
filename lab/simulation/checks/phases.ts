import type { WirePhase } from '../engine/client';

/** Where a call is while none of its statements is on a connection, or when it is on two. */
export type CallPhase = 'not sent yet' | 'hedged' | 'replica is behind' | 'between attempts';

export type StatementPhase = WirePhase | CallPhase | 'waiting for a connection';

export const PHASES: readonly StatementPhase[] = [
  'not sent yet',
  'waiting for a connection',
  'on its way',
  'at work',
  'answered',
  'in COMMIT',
  'replica is behind',
  'between attempts',
  'hedged',
];
