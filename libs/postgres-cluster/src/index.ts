export { PostgresCluster } from './cluster';
export type { ClusterNode } from './cluster-node';
export { runningClusterIn } from './data/running-cluster';
export type { DatabaseDefinition } from './database';
export { INSTALL_COMMAND, npmVersions } from './embedded/npm-packages';
export {
  DirectoryError,
  DirectoryInUseError,
  PortInUseError,
  PostgresClusterError,
  PostgresProcessError,
  PostgresVersionError,
  WaitTimeoutError,
} from './errors';
export type { Link, LinkCounters } from './network/link';
export type { BackendName, ClusterOptions } from './options';
export { type ServerUsage, UsageMeter } from './process/usage-meter';
export type { StopMode } from './server';
export { orStorageProblem, storageProblem } from './storage-problem';
export { until } from './until';
