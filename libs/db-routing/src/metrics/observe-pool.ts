import type { Registry } from 'prom-client';
import { observeConnections } from './connection-metrics';
import type { ObservedPool, Stop } from './observed-pool';
import { observeSessions } from './session-metrics';
import { observeStatements } from './statement-metrics';
import { observeTopology } from './topology-metrics';
import { observeTrouble } from './trouble-metrics';

/**
 * Puts the pool's metrics, named `db_routing_…`, into a registry of prom-client: gauges are read at each scrape, the rest is counted
 * as it happens. What is not known, such as the lag of a node that does not answer, has no sample. Returns what
 * ends the counting. Throws when the registry has metrics of these names already: one pool, one registry.
 */
export function observePool(pool: ObservedPool, registry: Registry): Stop {
  observeConnections(pool, registry);
  const stops = [observeTopology, observeStatements, observeSessions, observeTrouble].map((observe) =>
    observe(pool, registry),
  );
  return () => stops.forEach((stop) => stop());
}
