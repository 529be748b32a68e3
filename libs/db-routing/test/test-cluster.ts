import { type ClusterOptions, type DatabaseDefinition, PostgresCluster } from '@app/postgres-cluster';

/** The database of the library's own tests. */
const testDatabase: DatabaseDefinition = {
  name: 'shop',
  owner: 'migrator',
  roles: { migrator: {}, reader: {}, monitor: { memberOf: ['pg_monitor'] } },
};

export function startCluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  return PostgresCluster.start({ database: testDatabase, ...options });
}
