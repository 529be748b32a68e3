import type { QueryResult, QueryResultRow } from 'pg';
import type { Link } from './network/link';
import type { StopMode } from './server';

/**
 * One server of the cluster, with the controls of a fault injector. A control rejects when it cannot take
 * effect.
 */
export interface ClusterNode {
  /** `host:port` for applications: through the proxy, when there is one. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The server's own port, which bypasses the proxy. */
  readonly directPort: number;
  /** The role as this harness set it: `promote` and `follow` change it. */
  readonly role: 'primary' | 'replica';
  readonly isRunning: boolean;
  /** The path on this machine, even when the server runs in a container. */
  readonly dataDirectory: string;
  readonly logFile: string;
  /**
   * Pid of the postmaster on this machine. Undefined when it does not run, or when this machine cannot see
   * it, as in containers of a Docker that runs in a virtual machine.
   */
  readonly pid: number | undefined;
  /** The network in front of the node. @throws when the cluster was not started with `proxied: true` */
  readonly link: Link;

  /** A URL of this node only. @throws RangeError when the cluster has no such role */
  url(role: string, options?: { database?: string }): string;
  /**
   * Runs one statement as superuser, bypassing the proxy, on a new connection; in the cluster's database by
   * default.
   */
  query<R extends QueryResultRow = QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
    options?: { database?: string },
  ): Promise<QueryResult<R>>;

  /** Pauses replay on a replica, and resolves when it is paused. The replica still receives WAL. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Delays the visibility of commits on this replica (`recovery_min_apply_delay`); 0 ends the delay. */
  setApplyDelay(delayMs: number): Promise<void>;

  start(): Promise<void>;
  /** @param timeoutMs how long to wait (default 30 s); smart mode waits for clients to disconnect */
  stop(mode?: StopMode, timeoutMs?: number): Promise<void>;
  restart(mode?: StopMode): Promise<void>;
  /**
   * Simulates a crash: sends SIGKILL to all processes at the same time. Nothing is flushed, no one is
   * notified, and the next start recovers.
   */
  kill(): Promise<void>;
  /**
   * Sends SIGSTOP to the postmaster and all its children, or pauses their container: the kernel still accepts
   * connections, but nothing answers them.
   */
  freeze(): void;
  /** Ends {@link freeze}: sends SIGCONT to all of them. */
  thaw(): void;

  /** Resolves when this replica accepts writes. The old primary, if still running, is not notified. */
  promote(): Promise<void>;
  /**
   * Makes this node a replica of `upstream` and resolves when it streams from there. The node is cloned again
   * if it has WAL that the upstream does not have, because it then cannot follow.
   */
  follow(upstream: ClusterNode): Promise<void>;

  /**
   * Pids, on this machine, of the processes that send WAL from this node, to all replicas or to one.
   *
   * @throws PostgresClusterError when this machine cannot see the node's processes
   */
  walSenders(replica?: ClusterNode): Promise<number[]>;
  /**
   * Pids, on this machine, of the processes that serve clients, except the one that answers this call.
   *
   * @throws PostgresClusterError when this machine cannot see the node's processes
   */
  backendPids(): Promise<number[]>;
}
