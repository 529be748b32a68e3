import type { EventEmitter } from 'node:events';
import type { RoutedPool, RoutedPoolEvents } from '../pool/routed-pool';

/** As much of a RoutedPool as its metrics are made from. */
export type ObservedPool = Pick<RoutedPool, 'topology' | 'stats'> & EventEmitter<RoutedPoolEvents>;

/** Ends an observation. */
export type Stop = () => void;

/** Calls `listener` for each event until it is stopped. */
export function listen<E extends keyof RoutedPoolEvents>(
  pool: ObservedPool,
  event: E,
  listener: (...args: RoutedPoolEvents[E]) => void,
): Stop {
  // The types of `on` cannot follow an event that is a parameter.
  const emitter = pool as EventEmitter;
  const call = listener as (...args: unknown[]) => void;
  emitter.on(event, call);
  return () => void emitter.off(event, call);
}
