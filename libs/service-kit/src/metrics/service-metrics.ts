import { RoutedPool } from 'db-routing';
import { observePool } from 'db-routing/metrics';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/**
 * How often the lag of the event loop is measured. Each time wakes an idle process: prom-client's own 10 ms
 * would double the CPU time that it uses.
 */
const LAG_INTERVAL_MS = 250;

/** The metrics of this service: its process, its database, and others registered here. */
@Injectable()
export class ServiceMetrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  readonly #stopObserving: () => void;

  constructor(@Inject(RoutedPool) pool: RoutedPool) {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: LAG_INTERVAL_MS });
    this.#stopObserving = observePool(pool, this.registry);
  }

  onApplicationShutdown(): void {
    this.#stopObserving();
  }
}
