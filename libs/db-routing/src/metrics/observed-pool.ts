import type { RoutedPoolEvents } from '../postgres/pool/pool-events';
import type { RoutedPool } from '../postgres/pool/routed-pool';

/** The part of a RoutedPool that its metrics need. */
export interface ObservedPool extends Pick<RoutedPool, 'topology' | 'stats'> {
  on<E extends keyof RoutedPoolEvents>(event: E, listener: (...args: RoutedPoolEvents[E]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** Ends an observation. */
export type Stop = () => void;

/** Calls `listener` for each event until the returned function is called. */
export function listen<E extends keyof RoutedPoolEvents>(
  pool: ObservedPool,
  event: E,
  listener: (...args: RoutedPoolEvents[E]) => void,
): Stop {
  pool.on(event, listener);
  return () => void pool.off(event, listener as (...args: unknown[]) => void);
}
