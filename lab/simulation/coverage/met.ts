import type { FaultKind } from '../faults/fault';

/** Every kind of fault; the compiler names those that are missing. */
const KINDS: Readonly<Record<FaultKind, true>> = {
  freeze: true,
  crash: true,
  cut: true,
  'slow-link': true,
  'slow-server': true,
  lag: true,
  'replay-paused': true,
  conflicts: true,
  break: true,
  full: true,
  rename: true,
  'blind-probe': true,
  'service-paused': true,
  'wall-clock': true,
  failover: true,
  split: true,
  return: true,
};

export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[];

/** Two faults at once, whichever began first. */
export function pairOf(one: FaultKind, other: FaultKind): string {
  return [one, other].sort().join(' + ');
}

/** What the world counts: a statement was in this phase when a fault began. */
export function metKey(fault: string, phase: string): string {
  return `met ${fault} | ${phase}`;
}
