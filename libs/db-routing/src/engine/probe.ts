import type { LogPosition } from './position';

/** What a node reports about itself. */
export interface ProbeAnswer {
  readonly role: 'primary' | 'replica';
  readonly systemId: string;
  /** The timeline of the log that it writes, or receives. */
  readonly timeline: number;
  /** The position flushed on the primary, or replayed on a replica. */
  readonly log: LogPosition;
  /** In the engine's numbering; PostgreSQL's `server_version_num`. */
  readonly serverVersion: number;
  /** When the server was started: tells it from the server that ran there before. */
  readonly startedAt: string;
  /** Identifies the server, whichever name it was reached by; changes with every restart. */
  readonly server?: string;
  /**
   * Whether the user may see what a probe asks for, as members of pg_monitor do; otherwise a replica's
   * timeline is a guess.
   */
  readonly isPermitted?: boolean;
  /**
   * What a person would want to know besides the staleness: `replay is paused`,
   * `its WAL receiver is not streaming`.
   */
  readonly remark?: string;
}

/** Probes one node on a connection of its own. */
export interface Probe {
  /** Asks once. Rejects when no usable answer arrives within its deadline. */
  ask(): Promise<ProbeAnswer>;
  close(): void;
}
