import { forwardRef, Inject, Injectable } from '@nestjs/common';
import type * as terminus from '@nestjs/terminus';
import { RoutedPool } from '../postgres/pool/routed-pool';
import { nodeHealthReport } from './node-health-report';

/**
 * Reports the topology as the pool knows it, without asking the database. `up`: every node is up. `degraded`:
 * requests are served, but not by every node. `down`: the service lacks a node that it cannot do without. A
 * lagging replica alone never makes it `down`: one slow replica would take every instance out of service at
 * once.
 */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(
    @Inject(forwardRef(healthIndicatorService)) private readonly indicator: terminus.HealthIndicatorService,
    @Inject(RoutedPool) private readonly pool: RoutedPool,
  ) {}

  /** `requirePrimary`: whether the service is useless without a primary that takes writes. */
  check(key: string, options: { requirePrimary: boolean }): terminus.HealthIndicatorResult {
    const { nodes, primary, fitReplicas, staleReplicas, fencedPrimaries } = this.pool.topology;
    const details = {
      nodes: Object.fromEntries(nodes.map((node) => [node.address.name, nodeHealthReport(node)])),
    };
    const health = this.indicator.check(key);
    const readable = fitReplicas.length + staleReplicas.length + fencedPrimaries.length;
    const isReadable = primary !== undefined || readable > 0;
    if (!isReadable) return health.down({ message: 'no node can be read', ...details });
    if (!primary && options.requirePrimary)
      return health.down({ message: 'there is no primary to write to', ...details });
    if (!primary && fitReplicas.length === 0) {
      const isOutdated = fencedPrimaries.length === 0 && staleReplicas.every((node) => node.isOutdated);
      const message = isOutdated
        ? 'there is no primary, and the readable nodes were outdated when it was lost'
        : 'there is no primary; the freshest remaining nodes serve reads';
      return health.degraded({ message, ...details });
    }
    if (nodes.every((node) => node.state === 'up')) return health.up(details);
    return health.degraded({ message: 'not every node is fit', ...details });
  }
}

/** Loads @nestjs/terminus when Nest provides the indicator: an application without it can load this file. */
function healthIndicatorService(): typeof terminus.HealthIndicatorService {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import loads it at once
  return (require('@nestjs/terminus') as typeof terminus).HealthIndicatorService;
}
