import type { Registry } from 'prom-client';
import { observeConnections } from './connection-metrics';
import type { ObservedPool, Stop } from './observed-pool';
import { observeSessions } from './session-metrics';
import { observeStatements } from './statement-metrics';
import { observeTopology } from './topology-metrics';
import { observeTrouble } from './trouble-metrics';

/**
 * Registers the pool's metrics, named `db_routing_…`, in a registry of prom-client. Gauges are read at each
 * scrape; everything else is counted as it happens. What is unknown, such as the lag of a node that does not
 * answer, has no sample. Returns a function that ends the counting. Throws Error when the registry already
 * has metrics of these names: one pool, one registry.
 */
export function observePool(pool: ObservedPool, registry: Registry): Stop {
  observeConnections(pool, registry);
  const stops = [observeTopology, observeStatements, observeSessions, observeTrouble].map((observe) =>
    observe(pool, registry),
  );
  return () => stops.forEach((stop) => stop());
}
