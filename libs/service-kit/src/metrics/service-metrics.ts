import { RoutedPool } from 'db-routing';
import { observePool } from 'db-routing/metrics';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** The metrics of this service: its process, its database, and others registered here. */
@Injectable()
export class ServiceMetrics implements OnApplicationShutdown {
  readonly registry = new Registry();
  readonly #stopObserving: () => void;

  constructor(@Inject(RoutedPool) pool: RoutedPool) {
    collectDefaultMetrics({ register: this.registry });
    this.#stopObserving = observePool(pool, this.registry);
  }

  onApplicationShutdown(): void {
    this.#stopObserving();
  }
}
