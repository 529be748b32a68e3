import type { DatabaseDefinition } from './database';

/** Where the servers run: as processes of the binaries that npm installed, or in containers. */
export type BackendName = (typeof backendNames)[number];

export const backendNames = ['embedded', 'testcontainers'] as const;

export interface ClusterOptions {
  /** Default: what the environment variable CLUSTER_BACKEND says, else `embedded`. */
  readonly backend?: BackendName;
  /** What the backend `testcontainers` runs. Default: what the environment variable CLUSTER_IMAGE says, else `postgres:18`. */
  readonly image?: string;
  /** Data is kept there and used again by the next start. Default: a temporary directory, removed on stop. */
  readonly directory?: string;
  /** Database and roles; kept data gets those of them that it lacks. Default: none but PostgreSQL's own. */
  readonly database?: DatabaseDefinition;
  /** Starts with an empty database whatever `directory` holds; passwords stay. */
  readonly fresh?: boolean;
  /** Default 2. Kept data that has more replicas keeps them. */
  readonly replicas?: number;
  /** Port of the first node; the others take the next ones. Default: ports that are free now. */
  readonly port?: number;
  /** Clients reach every node through a TCP proxy of its own, so that its `link` can be disturbed. */
  readonly proxied?: boolean;
  /** More settings for postgresql.conf, of all nodes. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onProgress?: (message: string) => void;
}

const DEFAULT_REPLICAS = 2;
const MAX_REPLICAS = 14;

export function replicaCount({ replicas = DEFAULT_REPLICAS }: ClusterOptions): number {
  if (Number.isInteger(replicas) && replicas >= 0 && replicas <= MAX_REPLICAS) return replicas;
  throw new RangeError(`replicas is ${replicas}; it must be a whole number from 0 to ${MAX_REPLICAS}.`);
}

/** @throws RangeError naming the option, or the environment variable, and what it may be */
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
