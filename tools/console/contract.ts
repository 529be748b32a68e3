/**
 * What the console's server sends to its page, as JSON. The page is checked against these types too, so this
 * file imports nothing.
 */

export type NodeRole = 'primary' | 'replica' | 'unknown';
export type NodeState = 'up' | 'lagging' | 'suspect' | 'down' | 'draining' | 'unknown';
export type StatementKind = 'read' | 'write' | 'in-transaction' | 'retried' | 'hedged';

/** The event `state`, twice a second. */
export interface ConsoleState {
  readonly services: readonly ServicePicture[];
  readonly nodes: readonly NodePicture[];
  /** Null while there is a primary, or no service that could know. */
  readonly noPrimaryBecause: string | null;
  readonly samples: readonly Sample[];
  readonly point: HistoryPoint;
  readonly walk: Walk;
  readonly scores: { readonly withToken: StaleScore; readonly withoutToken: StaleScore };
  readonly load: LoadPicture;
  /** Whether the cluster is the console's, so that it can offer faults. */
  readonly canFault: boolean;
  readonly story: StoryPicture | null;
  readonly happenings: readonly Happening[];
}

export interface ServicePicture {
  readonly name: string;
  readonly url: string;
  readonly isUp: boolean;
  /** Why it is not up; empty while it is. */
  readonly problem: string;
}

/** How one service judges a node. */
export interface NodeView {
  readonly service: string;
  readonly role: NodeRole;
  readonly state: NodeState;
  readonly reason: string;
}

/** One node: role, state and lag as the first service that answers says, numbers of all services. */
export interface NodePicture {
  readonly node: string;
  readonly role: NodeRole;
  readonly state: NodeState;
  readonly reason: string;
  readonly stalenessMs: number | null;
  readonly lagBytes: number | null;
  readonly timeline: number | null;
  readonly connections: number;
  readonly waiting: number;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  readonly retriedPerSecond: number;
  readonly hedgedPerSecond: number;
  readonly failedPerSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** What each service says, when they do not say the same. */
  readonly views: readonly NodeView[];
  /** Null where the cluster is not the console's. */
  readonly faults: NodeFaults | null;
}

/** What the console has done to one node. */
export interface NodeFaults {
  readonly node: string;
  /** As the cluster set it; the services find out by themselves. */
  readonly role: 'primary' | 'replica';
  readonly isRunning: boolean;
  readonly isFrozen: boolean;
  readonly isPaused: boolean;
  readonly delayMs: number;
  readonly isCutFromServices: boolean;
  readonly isCutFromPrimary: boolean;
}

/** One statement of those that were sampled. */
export interface Sample {
  readonly service: string;
  readonly kind: StatementKind;
  readonly text: string;
  readonly summary: string;
  readonly node: string;
  readonly role: NodeRole;
  readonly reason: string;
  readonly outcome: string;
  readonly durationMs: number;
  readonly level: string | null;
  readonly stalenessMs: number | null;
}

/** What the graphs show of one moment, for each node by its name. The event `history` is a list of these. */
export interface HistoryPoint {
  readonly atMs: number;
  readonly nodes: Readonly<Record<string, NodePoint>>;
}

export interface NodePoint {
  readonly stalenessMs: number | null;
  readonly perSecond: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export type WalkAction = 'place' | 'details' | 'history' | 'cancel';

export interface Walk {
  readonly hasToken: boolean;
  readonly orderId: string | null;
  readonly last: WalkStep | null;
}

export interface WalkStep {
  readonly action: WalkAction;
  readonly service: string;
  readonly request: string;
  readonly hadToken: boolean;
  readonly status: number;
  readonly durationMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** True when the answer lacks what she did last; null when it could not be stale. */
  readonly isStale: boolean | null;
}

/** Reads of something that the reader has just written, and how many of them missed it. */
export interface StaleScore {
  readonly reads: number;
  readonly stale: number;
}

export interface LoadPicture {
  readonly readers: number;
  readonly orderers: number;
  readonly maxReaders: number;
  readonly maxOrderers: number;
  readonly answered: number;
  readonly failed: number;
  /** Why the last request failed. */
  readonly lastFailure: string | null;
}

export type StoryName = 'replica-lags' | 'primary-dies';

export interface StoryPicture {
  readonly name: StoryName;
  readonly caption: string;
  readonly isRunning: boolean;
}

/** Something that changed, in a sentence. */
export interface Happening {
  readonly id: number;
  readonly atMs: number;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'plain';
}
