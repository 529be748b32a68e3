import type { Client } from 'pg';

/** How a node is stopped, as pg_ctl has it: smart waits for clients, fast ends them, immediate skips the checkpoint. */
export type StopMode = 'smart' | 'fast' | 'immediate';

export const STOP_SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = {
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
};

/** One PostgreSQL server on one data directory, wherever it runs. What a control promises is said at ClusterNode. */
export interface Server {
  readonly dataDirectory: string;
  /** Of the postmaster, as this machine sees it. */
  readonly pid: number | undefined;
  readonly isRunning: boolean;
  /** Resolves when the server takes connections. */
  start(): Promise<void>;
  /** @throws WaitTimeoutError when it still runs after `timeoutMs`: smart mode waits for the last client. */
  stop(mode: StopMode, timeoutMs?: number): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  reload(): Promise<void>;
  /** Fills new data directories with a base backup of this server; `client` is connected to it. */
  cloneTo(client: Client, targets: readonly string[]): Promise<void>;
  /** The pids that signals of this process reach, for those PostgreSQL itself tells. */
  visiblePids(pids: readonly number[]): number[];
  /** Gives up what outlasts a stop. */
  dispose(): Promise<void>;
}
