import { ConnectFailedError, ConnectionLostError } from '../errors';
import type { NodeRole } from '../cluster/topology/snapshot';

/**
 * answered; failed: the statement's own fault; retried: the node's fault, and it was tried elsewhere; lost: the node's fault, and there was
 * nowhere else; stale: the node did not yet have what the session had seen, the answer was thrown away; cancelled: its caller
 * did not wait any more, or the other one of two nodes that were asked has answered.
 */
export type StatementOutcome = 'answered' | 'failed' | 'retried' | 'lost' | 'stale' | 'cancelled';

/** Of a statement that is not tried elsewhere; `error`: undefined when it was answered. */
export function outcomeOf(error: unknown): StatementOutcome {
  if (error === undefined) return 'answered';
  return error instanceof ConnectionLostError || error instanceof ConnectFailedError ? 'lost' : 'failed';
}

/** What became of one statement on one node; a read that was tried on two has two. */
export interface StatementReport {
  readonly text: string;
  readonly node: string;
  readonly role: NodeRole;
  /** Why it went there; one word. */
  readonly reason: string;
  /** in-transaction: on a transaction's own connection. */
  readonly work: 'read' | 'write' | 'in-transaction';
  readonly outcome: StatementOutcome;
  /** From having a connection, or asking for it, to the answer. */
  readonly durationMs: number;
  readonly error?: unknown;
}

/** A read waited for a replica to replay what its session had seen. */
export interface PositionWaitReport {
  readonly node: string;
  readonly waitedMs: number;
  /** Whether the replica got there in time; else the read went elsewhere. */
  readonly isReached: boolean;
}

/** What became of a Consistency-Token that a request carried. */
export type TokenOutcome = 'accepted' | 'malformed' | 'forged' | 'expired' | 'foreign' | 'ahead';

/** Receives what became of statements. */
export interface StatementReports {
  /** Whether there is a listener: without one, no report is made. */
  readonly isWanted: boolean;
  statement(report: StatementReport): void;
  positionWait(report: PositionWaitReport): void;
}
