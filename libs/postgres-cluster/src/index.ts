export { PostgresCluster } from './cluster';
export type { ClusterNode } from './cluster-node';
export {
  DirectoryError,
  DirectoryInUseError,
  PortInUseError,
  PostgresClusterError,
  PostgresProcessError,
  WaitTimeoutError,
} from './errors';
export type { Link, LinkCounters } from './link';
export type { ClusterOptions } from './options';
export type { StopMode } from './postmaster';
export type { DatabaseRole } from './roles';
export { until } from './until';
