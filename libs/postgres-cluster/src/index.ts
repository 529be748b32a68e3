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
export type { BackendName, ClusterOptions } from './options';
export type { DatabaseRole } from './roles';
export type { StopMode } from './server';
export { until } from './until';
