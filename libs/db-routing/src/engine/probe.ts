import type { LogPosition } from './position';

/** What a node says about itself. */
export interface ProbeAnswer {
  readonly role: 'primary' | 'replica';
  readonly systemId: string;
  /** Of the log it writes, or receives. */
  readonly timeline: number;
  /** Flushed on the primary, replayed on a replica. */
  readonly log: LogPosition;
  /** As the engine counts its versions; PostgreSQL's `server_version_num`. */
  readonly serverVersion: number;
  /** When its server was started: tells a server from the one that ran there before. */
  readonly startedAt: string;
  /** Tells the server from every other, by whichever name it was reached; a restart changes it. */
  readonly server?: string;
  /** Whether the user may see what a probe asks for, as members of pg_monitor do; without that, a replica's timeline is a guess. */
  readonly isPermitted?: boolean;
  /** What a person would want to know beside the staleness: `replay is paused`, `its WAL receiver is not streaming`. */
  readonly remark?: string;
}

/** Asks one node what it is, over a connection of its own. */
export interface Probe {
  /** Asks once. Rejects when there is no usable answer within its deadline. */
  ask(): Promise<ProbeAnswer>;
  close(): void;
}
