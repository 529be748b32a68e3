import type { PostgresCluster } from '@app/postgres-cluster';
import { RoutedPool, type RoutedPoolOptions } from '../src';

/** Polls until the condition holds. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A pool on every node of the cluster, as the role that may write. */
export function startPool(
  cluster: PostgresCluster,
  options: Partial<RoutedPoolOptions> = {},
): Promise<RoutedPool> {
  return RoutedPool.start({
    url: cluster.url('migrator'),
    monitor: cluster.credentials('monitor'),
    probeIntervalMs: 300,
    maxStalenessMs: 3000,
    ...options,
  });
}

/** Waits until both replicas serve. Probes them, because the pool of a test may do so once a minute only. */
export async function untilAllFit(pool: RoutedPool, replicas = 2): Promise<void> {
  const areFit = () => pool.topology.fitReplicas.length === replicas;
  await eventually('all replicas fit', async () => {
    if (!areFit()) await pool.refreshTopology();
    return areFit();
  });
}
