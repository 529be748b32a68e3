import { RoutedPool, type RoutedPoolOptions } from 'db-routing';

/** Which database to migrate. */
export type MigratedDatabase = Pick<RoutedPoolOptions, 'url' | 'monitor' | 'systemId' | 'discovery'> & {
  readonly startTimeoutMs: number;
};

/** A pool that finds the nodes as the services do. Throws DatabaseUnreachableError when no node answers. */
export function startMigrationPool(
  { url, monitor, systemId, discovery, startTimeoutMs }: MigratedDatabase,
  applicationName: string,
  onWaiting: (message: string) => void,
): Promise<RoutedPool> {
  return RoutedPool.start({ url, monitor, systemId, discovery, startTimeoutMs, applicationName, onWaiting });
}
