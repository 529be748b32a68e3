import type { DataRoot } from './data/data-root';
import type { BackendName, ClusterOptions } from './options';
import type { Server } from './server';

/** Where the servers of a cluster run, and what depends on that. */
export interface Platform {
  readonly backend: BackendName;
  /** In the format of `postgres --version`. */
  readonly version: string;
  readonly majorVersion: number;
  readonly listenAddresses: string;
  /** The host under which the cluster's other servers reach a node. */
  hostOf(index: number): string;
  /** Creates a new, empty database system. */
  initialise(dataDirectory: string, superuserPassword: string): Promise<void>;
  makeServer(index: number, port: number, dataDirectory: string, logFile: string): Promise<Server>;
  /** Called after the last server has stopped. */
  close(): Promise<void>;
}

export interface PlatformOpener {
  readonly open: (root: DataRoot, options: ClusterOptions) => Promise<Platform>;
  /**
   * Ends servers that a killed owner of the directory left running and that this machine's process table does
   * not show.
   */
  readonly endLeftovers?: (directory: string) => Promise<void>;
}
