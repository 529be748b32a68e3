import { Counter, type Registry } from 'prom-client';
import { listen, type ObservedPool, type Stop } from './observed-pool';

/** Counts failures in the background, which no statement reports. */
export function observeTrouble(pool: ObservedPool, registry: Registry): Stop {
  const registers = [registry];
  const warnings = new Counter({
    name: 'db_routing_warnings_total',
    help: 'Background work that failed without harm so far, such as resolving a name.',
    registers,
  });
  const hookErrors = new Counter({
    name: 'db_routing_hook_errors_total',
    help: 'Hooks that failed after their transaction had ended.',
    labelNames: ['hook'],
    registers,
  });
  const stops = [
    listen(pool, 'warning', () => warnings.inc()),
    listen(pool, 'hookError', (_error, hook) => hookErrors.inc({ hook })),
  ];
  return () => stops.forEach((stop) => stop());
}
