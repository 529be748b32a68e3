import type { Pool } from 'pg';
import type { NodePoolStats } from '../../engine/node-connections';

type Counted = Pool & { readonly stats: readonly NodePoolStats[] };

/**
 * Defines totalCount, idleCount and waitingCount on the prototype. They are getters in node-postgres, but
 * properties in its type declarations, so TypeScript allows no class to override them.
 */
export function defineCounts(prototype: Counted): void {
  const count = (of: (stats: NodePoolStats) => number) => ({
    get(this: Counted): number {
      return this.stats.reduce((sum, stats) => sum + of(stats), 0);
    },
  });
  Object.defineProperties(prototype, {
    totalCount: count(({ open, lanes }) => open + lanes),
    idleCount: count(({ idle, idleLanes }) => idle + idleLanes),
    waitingCount: count(({ waiting, laneWaiting }) => waiting + laneWaiting),
  });
}
