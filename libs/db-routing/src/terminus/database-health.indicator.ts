import { forwardRef, Inject, Injectable } from '@nestjs/common';
import type * as terminus from '@nestjs/terminus';
import { RoutedPool } from '../postgres/pool/routed-pool';
import type { NodeStatus } from '../cluster/topology/snapshot';

/** One node in a health report. */
export interface NodeHealthReport {
  readonly status: 'up' | 'down';
  readonly role: NodeStatus['role'];
  readonly state: NodeStatus['state'];
  /** null: not known. */
  readonly stalenessMs: number | null;
  readonly lagBytes: number | null;
  readonly reason: string;
  /** Other names in the list that lead to the same server. */
  readonly aliases?: readonly string[];
}

/**
 * What the routing knows, as a health indicator; asks the database nothing. `up`: every node is. `degraded`: requests are served, but
 * not by every node. `down`: what the service cannot do without is gone. A lagging replica alone is never a
 * reason to be `down`: one slow replica would take every instance out of service at once.
 */
@Injectable()
export class DatabaseHealthIndicator {
  constructor(
    @Inject(forwardRef(healthIndicatorService)) private readonly indicator: terminus.HealthIndicatorService,
    @Inject(RoutedPool) private readonly pool: RoutedPool,
  ) {}

  /** `requirePrimary`: whether the caller is of no use without a primary to write to. */
  check(key: string, options: { requirePrimary: boolean }): terminus.HealthIndicatorResult {
    const { nodes, primary, fitReplicas, staleReplicas, fencedPrimaries } = this.pool.topology;
    const details = { nodes: Object.fromEntries(nodes.map((node) => [node.address.name, report(node)])) };
    const session = this.indicator.check(key);
    const readable = fitReplicas.length + staleReplicas.length + fencedPrimaries.length;
    const isReadable = primary !== undefined || readable > 0;
    if (!isReadable) return session.down({ message: 'no node can be read', ...details });
    if (!primary && options.requirePrimary)
      return session.down({ message: 'there is no primary to write to', ...details });
    if (!primary && fitReplicas.length === 0) {
      const isOutdated = fencedPrimaries.length === 0 && staleReplicas.every((node) => node.isOutdated);
      const message = isOutdated
        ? 'there is no primary, and what can be read was outdated when it was lost'
        : 'there is no primary, and what can be read is the freshest that is left';
      return session.degraded({ message, ...details });
    }
    if (nodes.every((node) => node.state === 'up')) return session.up(details);
    return session.degraded({ message: 'not every node is fit', ...details });
  }
}

/** Loads @nestjs/terminus when Nest provides the indicator: an application without it can load this file. */
function healthIndicatorService(): typeof terminus.HealthIndicatorService {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import loads it at once
  return (require('@nestjs/terminus') as typeof terminus).HealthIndicatorService;
}

function report({ role, state, stalenessMs, lagBytes, reason, aliases }: NodeStatus): NodeHealthReport {
  return {
    status: state === 'up' ? 'up' : 'down',
    role,
    state,
    stalenessMs: stalenessMs === undefined ? null : Math.round(stalenessMs),
    lagBytes: lagBytes ?? null,
    reason,
    ...(aliases && { aliases }),
  };
}
