import type { PostgresCluster } from '@app/postgres-cluster';
import type { Pool } from 'pg';
import type { RoutedPool, RoutedPoolOptions, StatementReport } from '../../src';
import { startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

/** A cluster of two nodes and a pool on it, as another package gets it: as node-postgres' own. */
export interface Lab {
  readonly cluster: PostgresCluster;
  readonly pool: Pool;
  readonly routed: RoutedPool;
}

/** Registers the making and the end of them for the tests of a file. */
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

/** Where the statements went that ran meanwhile, in order: each as `replica: select …`. */
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
