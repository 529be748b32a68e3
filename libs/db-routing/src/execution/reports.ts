import type { ConsistencyLevel } from '../consistency/read-requirement';
import { ConnectFailedError, ConnectionLostError } from '../errors';
import type { NodeRole } from '../cluster/topology/snapshot';

/**
 * How a statement ended on one node.
 *
 * - answered
 * - failed: because of the statement
 * - retried: because of the node, and another node was tried
 * - lost: because of the node, and no other node was tried
 * - stale: the node did not have what the session had seen, and its answer was discarded
 * - cancelled: the caller stopped waiting, or the other node of a hedged read answered
 */
export type StatementOutcome = 'answered' | 'failed' | 'retried' | 'lost' | 'stale' | 'cancelled';

/** The outcome of a statement that is not tried elsewhere; `error` is undefined when it was answered. */
export function outcomeOf(error: unknown): StatementOutcome {
  if (error === undefined) return 'answered';
  return error instanceof ConnectionLostError || error instanceof ConnectFailedError ? 'lost' : 'failed';
}

/** How one statement ended on one node; a read that two nodes ran has two reports. */
export interface StatementReport {
  readonly text: string;
  readonly node: string;
  readonly role: NodeRole;
  /** Why that node was chosen, in one word. */
  readonly reason: string;
  /** in-transaction: on the connection of a transaction. */
  readonly work: 'read' | 'write' | 'in-transaction';
  readonly outcome: StatementOutcome;
  /**
   * In milliseconds, to the answer or error. Autocommit: from the request for a connection, or for room on a
   * lane; in a transaction: from sending.
   */
  readonly durationMs: number;
  /** The consistency level of an autocommit read; undefined for all other work. */
  readonly level?: ConsistencyLevel | undefined;
  /** Maximum age of the node's data when it was chosen, in milliseconds; undefined when unknown. */
  readonly stalenessMs?: number | undefined;
  readonly error?: unknown;
}

/** A read's wait for a replica to replay what its session had seen. */
export interface PositionWaitReport {
  readonly node: string;
  readonly waitedMs: number;
  /** Whether the replica reached the position in time; if not, the read went elsewhere. */
  readonly isReached: boolean;
}

/** The verdict on a Consistency-Token that a request carried. */
export type TokenOutcome = 'accepted' | 'malformed' | 'forged' | 'expired' | 'foreign' | 'ahead';

/** Receives a report per statement. */
export interface StatementReports {
  /** Whether anyone listens; when false, callers make no reports. */
  readonly isWanted: boolean;
  statement(report: StatementReport): void;
  positionWait(report: PositionWaitReport): void;
}
