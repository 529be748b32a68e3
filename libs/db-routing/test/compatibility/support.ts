import type { PostgresCluster } from '@app/postgres-cluster';
import type { Pool } from 'pg';
import type { RoutedPool, RoutedPoolOptions, StatementReport } from '../../src';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

/** A cluster of two nodes and a pool on it, typed as node-postgres' own, as another package receives it. */
export interface Lab {
  readonly cluster: PostgresCluster;
  readonly pool: Pool;
  readonly routed: RoutedPool;
}

/** Creates them before the tests of a file, and ends them afterwards. */
export function useLab(options: Partial<RoutedPoolOptions> = {}): Lab {
  let cluster: PostgresCluster | undefined;
  let routed: RoutedPool | undefined;
  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    routed = await startPool(cluster, options);
    await untilAllFit(routed, 1);
  });
  afterAll(async () => {
    await routed?.end();
    await cluster?.stop();
  });
  return {
    get cluster() {
      return cluster as PostgresCluster;
    },
    get pool() {
      return routed as RoutedPool;
    },
    get routed() {
      return routed as RoutedPool;
    },
  };
}

/** Where the statements of `work` ran, in order, each as `replica: select …`. */
export async function routesOf(routed: RoutedPool, work: () => Promise<unknown>): Promise<string[]> {
  const routes: string[] = [];
  const record = ({ role, text }: StatementReport) => routes.push(`${role}: ${text}`);
  routed.on('statement', record);
  try {
    await work();
  } finally {
    routed.off('statement', record);
  }
  return routes;
}
