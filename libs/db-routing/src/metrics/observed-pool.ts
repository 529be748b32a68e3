import type { NodeChange } from '../health/monitor';
import type { NodePoolStats, PositionWaitReport, StatementReport, TokenOutcome } from '../pool/reports';
import type { TopologySnapshot } from '../topology/snapshot';
import type { HookName } from '../transaction/hooks';

interface ObservedEvents {
  statement: [StatementReport];
  positionWait: [PositionWaitReport];
  token: [TokenOutcome];
  nodeChange: [NodeChange];
  /** The position; undefined when it was lost. */
  commit: [object | undefined];
  warning: [Error];
  hookError: [unknown, HookName, string];
}

/** As much of a RoutedPool as its metrics are made from. */
export interface ObservedPool {
  readonly topology: TopologySnapshot;
  readonly stats: readonly NodePoolStats[];
  on<E extends keyof ObservedEvents>(event: E, listener: (...args: ObservedEvents[E]) => void): unknown;
  off<E extends keyof ObservedEvents>(event: E, listener: (...args: ObservedEvents[E]) => void): unknown;
}

/** Ends an observation. */
export type Stop = () => void;

/** Calls `listener` for each event until it is stopped. */
export function listen<E extends keyof ObservedEvents>(
  pool: ObservedPool,
  event: E,
  listener: (...args: ObservedEvents[E]) => void,
): Stop {
  pool.on(event, listener);
  return () => void pool.off(event, listener);
}
