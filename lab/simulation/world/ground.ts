import type { Prng } from '../time/prng';
import type { Scheduler } from '../time/scheduler';
import type { Network, NetworkTemper } from './network';
import type { Oracle } from './oracle';
import type { Timeline, Version } from './timeline';

export interface WorldSettings {
  readonly servers: readonly string[];
  /** Second names of servers. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Servers of other clusters, each the primary of its own. */
  readonly strangers?: readonly string[];
  /** The servers of which one, as a standby, must confirm each commit; none: replication is asynchronous. */
  readonly synchronous: readonly string[];
  /** A server that follows another replica, by name. */
  readonly cascades: Readonly<Record<string, string>>;
  readonly network: NetworkTemper;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** What every server of a world stands on. */
export interface Ground {
  readonly scheduler: Scheduler;
  readonly prng: Prng;
  readonly network: Network;
  readonly settings: WorldSettings;
  readonly oracle: Oracle;
  /** The synchronous standbys, by name. */
  readonly syncNames: ReadonlySet<string>;
  readonly systemId: string;
  readonly firstLsn: number;
  /** Counts commits in the order in which they became visible. */
  commits: number;
  /** From now on, the primary shows the version. */
  show(version: Version): void;
  /** A new timeline, which leaves the parent at this position. */
  fork(parent: Timeline, forkLsn: number): Timeline;
  nextId(): number;
}
