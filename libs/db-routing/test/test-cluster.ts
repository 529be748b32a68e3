import { type ClusterOptions, type DatabaseDefinition, PostgresCluster } from '@app/postgres-cluster';

/** What the library's own tests work in; it is nobody else's, as the library is. */
const testDatabase: DatabaseDefinition = {
  name: 'shop',
  owner: 'migrator',
  roles: { migrator: {}, reader: {}, monitor: { memberOf: ['pg_monitor'] } },
};

export function startCluster(options: ClusterOptions = {}): Promise<PostgresCluster> {
  return PostgresCluster.start({ database: testDatabase, ...options });
}
