import type { Client } from 'pg';

/**
 * How a node is stopped, in pg_ctl's terms: smart waits for clients, fast disconnects them, immediate skips
 * the checkpoint.
 */
export type StopMode = 'smart' | 'fast' | 'immediate';

export const STOP_SIGNALS: Readonly<Record<StopMode, NodeJS.Signals>> = {
  smart: 'SIGTERM',
  fast: 'SIGINT',
  immediate: 'SIGQUIT',
};

/**
 * One PostgreSQL server on one data directory, on any platform. ClusterNode documents what each control
 * promises.
 */
export interface Server {
  readonly dataDirectory: string;
  /** The postmaster's pid, as this machine sees it. */
  readonly pid: number | undefined;
  readonly isRunning: boolean;
  /** Resolves when the server accepts connections. */
  start(): Promise<void>;
  /** @throws WaitTimeoutError when it still runs after `timeoutMs`: smart mode waits for the last client */
  stop(mode: StopMode, timeoutMs?: number): Promise<void>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  reload(): Promise<void>;
  /** Fills new data directories with a base backup of this server; `client` is connected to it. */
  cloneTo(client: Client, targets: readonly string[]): Promise<void>;
  /** Maps the pids that PostgreSQL reports to pids that this process can signal. */
  visiblePids(pids: readonly number[]): number[];
  /** Releases what remains after a stop. */
  dispose(): Promise<void>;
}
