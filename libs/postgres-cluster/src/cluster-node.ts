import type { QueryResult, QueryResultRow } from 'pg';
import type { Link } from './link';
import type { StopMode } from './server';

/** One server of the cluster, with the controls of a fault injector. Controls reject when their effect cannot be had. */
export interface ClusterNode {
  /** `host:port` as an application sees it: through the proxy, when there is one. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** The server's own port, past the proxy. */
  readonly directPort: number;
  /** As this harness made it: `promote` and `follow` change it. */
  readonly role: 'primary' | 'replica';
  readonly isRunning: boolean;
  /** On this machine, in a container as well. */
  readonly dataDirectory: string;
  readonly logFile: string;
  /**
   * Pid of the postmaster on this machine; undefined when it does not run, or runs where this machine does not
   * show it: in the containers of a Docker in a virtual machine.
   */
  readonly pid: number | undefined;
  /** The network before the node. @throws when the cluster was not started with `proxied: true`. */
  readonly link: Link;

  /** A URL of this node alone. @throws RangeError when the cluster has no such role */
  url(role: string, options?: { database?: string }): string;
  /** Runs one statement as superuser, past the proxy, on a connection of its own; in the cluster's database unless told. */
  query<R extends QueryResultRow = QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
    options?: { database?: string },
  ): Promise<QueryResult<R>>;

  /** Stops replay on a replica, and resolves when it has stopped. WAL is still received. */
  pauseReplay(): Promise<void>;
  resumeReplay(): Promise<void>;
  /** Commits become visible on this replica so much later (`recovery_min_apply_delay`); 0 ends it. */
  setApplyDelay(delayMs: number): Promise<void>;

  start(): Promise<void>;
  /** @param timeoutMs how long to wait (default 30 s); smart mode waits for clients to leave. */
  stop(mode?: StopMode, timeoutMs?: number): Promise<void>;
  restart(mode?: StopMode): Promise<void>;
  /** SIGKILL to all its processes at one stroke: a crash. Nothing is flushed, nobody is told, and the next start recovers. */
  kill(): Promise<void>;
  /** SIGSTOP to the postmaster and all its children, or a pause of their container: connections are accepted by the kernel and never answered. */
  freeze(): void;
  /** Ends {@link freeze}, and SIGCONT to all of them. */
  thaw(): void;

  /** Resolves when this replica takes writes. The old primary, when it still runs, is not told. */
  promote(): Promise<void>;
  /**
   * Makes this node a replica of `upstream` and resolves when it streams from there. It is cloned anew when
   * its history forbids to follow: when it has WAL that the upstream does not have.
   */
  follow(upstream: ClusterNode): Promise<void>;

  /**
   * Pids, on this machine, of the processes that send WAL from this node, to all replicas or to one.
   *
   * @throws PostgresClusterError when this machine does not show the processes of the node
   */
  walSenders(replica?: ClusterNode): Promise<number[]>;
  /**
   * Pids, on this machine, of the processes that serve clients (without the one that answers this question).
   *
   * @throws PostgresClusterError when this machine does not show the processes of the node
   */
  backendPids(): Promise<number[]>;
}
