import type { LogPosition } from '../../engine/position';
import type { NodeAddress } from '../../engine/node-address';

export type NodeRole = 'primary' | 'replica' | 'unknown';

/**
 * `up`: fit. `lagging`: answers, but too stale. `suspect`: missed one probe or failed a statement. `down`:
 * missed too many probes, or must not be used. `draining`: removed from the configuration; finishes its work.
 * `unknown`: not judged yet, or impossible to judge; never fit.
 */
export type NodeState = 'up' | 'lagging' | 'suspect' | 'down' | 'draining' | 'unknown';

/** What is known of one node. Fields that could not be measured are undefined, never zero. */
export interface NodeStatus {
  readonly address: NodeAddress;
  readonly role: NodeRole;
  readonly state: NodeState;
  /** Why it is in this state, for people: names the measured value and the limit. */
  readonly reason: string;
  /** Upper bound of the age of the node's data, in milliseconds. Zero on the primary. */
  readonly stalenessMs?: number | undefined;
  /**
   * How much log the node has still to replay up to the primary's newest known flushed position, in the
   * engine's unit (PostgreSQL: bytes of WAL).
   */
  readonly lagBytes?: number | undefined;
  /** What the node has flushed as a primary, or replayed as a replica, as of its last answer. */
  readonly log?: LogPosition | undefined;
  /**
   * True for a replica that was already staler than `maxStalenessMs` when the primary last answered, or whose
   * staleness at that time is unknown.
   */
  readonly isOutdated?: boolean | undefined;
  /** True for a node that accepts writes but gets none, because it is not certain which primary is meant. */
  readonly isFenced?: boolean;
  /** True when two nodes write the node's timeline: a position on it may be of either. */
  readonly isContested?: boolean;
  readonly systemId?: string | undefined;
  readonly timeline?: number | undefined;
  /** PostgreSQL's `server_version_num`: 180004 for 18.4. */
  readonly serverVersion?: number | undefined;
  /** When the server says it was started; changes with every restart. */
  readonly startedAt?: string | undefined;
  /** Identifies the server: two names with the same text lead to one server. Changes with every restart. */
  readonly server?: string | undefined;
  /** Other listed names that lead to the same server. */
  readonly aliases?: readonly string[];
  /**
   * When the node last came back up, in milliseconds on the monitor's clock: a returning node gets its share
   * of reads gradually.
   */
  readonly upSinceMs?: number;
}
