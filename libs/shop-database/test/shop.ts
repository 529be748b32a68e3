import { type ClusterNode, type ClusterOptions, PostgresCluster } from '@app/postgres-cluster';
import { Client } from 'pg';
import { migrate, seed, shopDatabase, type ShopRole } from '../src';

/** A cluster with the shop's tables and rows on every node. */
export async function startShop(options?: ClusterOptions): Promise<PostgresCluster> {
  const cluster = await PostgresCluster.start({ database: shopDatabase, ...options });
  const url = migratorUrl(cluster);
  await migrate(url);
  await seed(url);
  await cluster.waitForReplication();
  return cluster;
}

export function migratorUrl(cluster: PostgresCluster, node: ClusterNode = cluster.primary): string {
  return cluster.url('migrator', { nodes: [node] });
}

/** Runs one statement as a role, in the database `shop` of one node. */
export async function queryAs<T>(
  cluster: PostgresCluster,
  role: ShopRole,
  sql: string,
  values: unknown[] = [],
): Promise<T[]> {
  const connectionString = cluster.url(role, { nodes: [cluster.primary] });
  // Times as text must not depend on the machine's time zone.
  const client = new Client({ connectionString, options: '-c TimeZone=UTC' });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as T[];
  } finally {
    await client.end();
  }
}
