import type { LogPosition } from '../../engine/position';
import type { NodeAddress } from '../../engine/node-address';

export type NodeRole = 'primary' | 'replica' | 'unknown';

/**
 * up: fit. lagging: answers, but too stale. suspect: missed one probe or failed a statement. down: missed too many.
 * draining: taken out of the configuration; finishes what it has. unknown: not judged yet, or not judgeable; never fit.
 */
export type NodeState = 'up' | 'lagging' | 'suspect' | 'down' | 'draining' | 'unknown';

/** What is known of one node. Fields that could not be measured are undefined, never zero. */
export interface NodeStatus {
  readonly address: NodeAddress;
  readonly role: NodeRole;
  readonly state: NodeState;
  /** Why it is in this state, for people: names the measured value and the limit. */
  readonly reason: string;
  /** How old the newest data on it can be, in milliseconds; an upper bound. Zero on the primary. */
  readonly stalenessMs?: number | undefined;
  /** How much log, in the engine's unit (PostgreSQL: bytes of WAL), lies between the primary's flushed position and what this node has replayed. */
  readonly lagBytes?: number | undefined;
  /** What it has flushed as a primary, or replayed as a replica; as of its last answer. */
  readonly log?: LogPosition | undefined;
  /** A replica that was staler than `maxStalenessMs` already when the primary was last heard of, or of which that cannot be told. */
  readonly isOutdated?: boolean | undefined;
  /** It takes writes, and gets none: it cannot be told which primary is meant. */
  readonly isFenced?: boolean;
  /** Two nodes write the timeline that it is on: a position there may be of either. */
  readonly isContested?: boolean;
  readonly systemId?: string | undefined;
  readonly timeline?: number | undefined;
  /** PostgreSQL's `server_version_num`: 180004 for 18.4. */
  readonly serverVersion?: number | undefined;
  /** When its server was started, as it says; differs after every restart. */
  readonly startedAt?: string | undefined;
  /** Tells its server from every other: the same text from two names is one server. Differs after every restart. */
  readonly server?: string | undefined;
  /** Other names in the list that lead to the same server. */
  readonly aliases?: readonly string[];
  /** When it last became up, on the monitor's clock, in milliseconds: a node that returns starts slowly. */
  readonly upSinceMs?: number;
}
