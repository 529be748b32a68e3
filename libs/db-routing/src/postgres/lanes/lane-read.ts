import type { ClientConfig, QueryConfig } from 'pg';
import type { Clock, Random } from '../../clock';
import type { NodeAddress } from '../../engine/node-address';
import type { ConnectionHooks } from '../protocol/connection-hooks';
import type { NodeRead, ReadTicket } from '../../engine/node-statement';
import type { HeavyStatements } from './heavy-statements';

export interface LaneOptions {
  /** Configuration of each lane's connection: server, user and settings. */
  readonly connection: ClientConfig;
  /**
   * Maximum number of lanes in service. Stalled lanes do not count, but there are at most as many again.
   * Default 4.
   */
  readonly maxLanes?: number;
  /** Maximum number of reads in flight on one lane. Default 64. */
  readonly maxDepth?: number;
  /** Limit for a read that finds every lane full, and for connecting, in milliseconds. */
  readonly acquireTimeoutMs: number;
  /** Limit for one statement, enforced by the server, in milliseconds. */
  readonly statementTimeoutMs: number;
  /** Limit for reads that set no `query_timeout`, in milliseconds; undefined: no limit. */
  readonly queryTimeoutMs?: number | undefined;
  /** Whether to prepare statements on the server; false for poolers in transaction mode. Default true. */
  readonly prepare?: boolean;
  /** Every lane but the first is closed after this idle time, in milliseconds. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** Learns which statements are too slow or too large to share a connection. */
  readonly habits?: HeavyStatements;
  /**
   * Runs a read that slow statements hold up on an exclusive connection. Undefined: the read waits for a
   * lane.
   */
  readonly startAlone?: (read: LaneRead) => ReadTicket;
  /** Whether the node is a replica, as far as known. Undefined: the lanes may lead to any server. */
  readonly isReplica?: () => boolean;
  /** Called when a lane broke or could not connect: the node may be in trouble. */
  readonly onFailure: (node: NodeAddress, error: Error) => void;
  /** The application's hooks for each new connection. Default: none. */
  readonly hooks?: ConnectionHooks;
  readonly clock: Clock;
  readonly random: Random;
}

/** One autocommit read, with the input that node-postgres takes. */
export type LaneRead = NodeRead<string | QueryConfig>;

/** Counts of what the lanes of one node have done since they were made. */
export interface LaneCounters {
  /** Reads that were answered, errors included. */
  reads: number;
  /** Position queries sent. */
  positionQueries: number;
  /** Statements prepared on the server. */
  prepared: number;
  /** Reads that were run again elsewhere because their lane stalled. */
  moved: number;
  /** Lanes opened. */
  opened: number;
}
