import type { ClientConfig, QueryConfig } from 'pg';
import type { Clock, Random } from '../../clock';
import type { NodeAddress } from '../../engine/node-address';
import type { ConnectionHooks } from '../protocol/connection-hooks';
import type { NodeRead, ReadTicket } from '../../engine/node-statement';
import type { StatementHabits } from './statement-habits';

export interface LaneOptions {
  /** What each lane's connection has: where, who, and how. */
  readonly connection: ClientConfig;
  /** Most lanes in service. Those that stall are not counted, and there are at most as many of them again. Default 4. */
  readonly maxLanes?: number;
  /** Most reads in flight on one lane. Default 64. */
  readonly maxDepth?: number;
  /** Limit for a read that finds every lane full, and for connecting. */
  readonly acquireTimeoutMs: number;
  /** Limit for one statement, enforced on the server. */
  readonly statementTimeoutMs: number;
  /** How long the caller of a read waits who does not say; undefined: as long as it takes. */
  readonly queryTimeoutMs?: number | undefined;
  /** Whether statements are prepared on the server; false for poolers that work by transaction. Default true. */
  readonly prepare?: boolean;
  /** A lane beside the first is closed after it was idle for so long. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** Learns which statements are too slow or too large to share a connection. */
  readonly habits?: StatementHabits;
  /** Runs a read that slow ones hold up on a connection of its own. Undefined: it has to wait for a lane. */
  readonly startAlone?: (read: LaneRead) => ReadTicket;
  /** A lane broke, or could not be made: the node may be in trouble. */
  readonly onFailure: (node: NodeAddress, error: Error) => void;
  /** What the application does with each new connection. Default: nothing. */
  readonly hooks?: ConnectionHooks;
  readonly clock: Clock;
  readonly random: Random;
}

/** One autocommit read, as node-postgres takes it. */
export type LaneRead = NodeRead<string | QueryConfig>;

/** What the lanes of one node have done since they were made. */
export interface LaneCounters {
  /** Reads that were answered, errors included. */
  reads: number;
  /** Questions for the position. */
  positionQueries: number;
  /** Statements prepared on the server. */
  prepared: number;
  /** Reads that were run again elsewhere, because their lane stalled. */
  moved: number;
  /** Lanes opened. */
  opened: number;
}
