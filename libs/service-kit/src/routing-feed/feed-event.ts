import type { ConsistencyLevel, NodeRole, NodeState, StatementReport } from 'db-routing';

/** What a statement is shown as: what became of it, if that is notable, or else what kind of work it is. */
export const STATEMENT_KINDS = ['read', 'write', 'in-transaction', 'retried', 'hedged'] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

/** The first event of the feed, `hello`. */
export interface FeedHello {
  readonly service: string;
  readonly intervalMs: number;
  /** The most samples of each kind in one event. */
  readonly samplesPerEvent: Readonly<Record<StatementKind, number>>;
  /** Upper bounds of the latency buckets, in milliseconds; a last bucket without a bound follows. */
  readonly latencyBoundsMs: readonly number[];
}

/** Every other event of the feed, `routing`: docs/observability.md. */
export interface FeedEvent {
  readonly service: string;
  /** When counting began. With a new value, all counts have started from zero. */
  readonly countedSince: string;
  readonly at: string;
  readonly primary: string | null;
  readonly noPrimaryBecause: string;
  readonly nodes: readonly FeedNode[];
  /** Counted in full, since `countedSince`. */
  readonly counts: readonly NodeCounts[];
  /** Some of the statements since the event before. */
  readonly samples: readonly StatementSample[];
}

export interface FeedNode {
  readonly node: string;
  readonly role: NodeRole;
  readonly state: NodeState;
  readonly reason: string;
  readonly stalenessMs: number | null;
  readonly lagBytes: number | null;
  readonly timeline: number | null;
  /** Open connections of this process: exclusive ones, and lanes. */
  readonly exclusive: number;
  readonly lanes: number;
  /** Statements that wait for a connection. */
  readonly waiting: number;
}

export interface NodeCounts {
  readonly node: string;
  readonly kinds: Readonly<Record<StatementKind, number>>;
  /** Statements that got an error from this node, and were not tried elsewhere. */
  readonly failed: number;
  /** Answered statements by latency, in the buckets of `hello`. */
  readonly latency: readonly number[];
}

export interface StatementSample {
  readonly kind: StatementKind;
  /** Without constants, parameters and comments. */
  readonly text: string;
  /** Operations and tables, as in `SELECT orders`. */
  readonly summary: string;
  readonly node: string;
  readonly role: NodeRole;
  readonly reason: string;
  readonly outcome: StatementReport['outcome'];
  readonly durationMs: number;
  readonly level: ConsistencyLevel | null;
  readonly stalenessMs: number | null;
}

export function kindOf({ outcome, reason, work }: StatementReport): StatementKind {
  if (outcome === 'retried') return 'retried';
  return reason === 'hedge' ? 'hedged' : work;
}
