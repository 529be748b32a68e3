import type { DataRoot } from './data-root';
import type { BackendName, ClusterOptions } from './options';
import type { Server } from './server';

/** Where the servers of a cluster run, and what differs by that. */
export interface Platform {
  readonly backend: BackendName;
  /** As `postgres --version` says it. */
  readonly version: string;
  readonly majorVersion: number;
  readonly listenAddresses: string;
  /** Under which name the other servers of the cluster reach a node. */
  hostOf(index: number): string;
  /** Makes a new, empty database system. */
  initialise(dataDirectory: string, superuserPassword: string): Promise<void>;
  makeServer(index: number, port: number, dataDirectory: string, logFile: string): Promise<Server>;
  /** After the last server has been stopped. */
  close(): Promise<void>;
}

export interface PlatformOpener {
  readonly open: (root: DataRoot, options: ClusterOptions) => Promise<Platform>;
  /** Ends what a killed owner of the directory has left and its processes do not show. */
  readonly endLeftovers?: (directory: string) => Promise<void>;
}
