/** What a server says of itself. */
export interface ServerFacts {
  readonly isReplica: boolean;
  /** Flushed on a primary, replayed on a replica. */
  readonly lsn: number;
  readonly writtenLsn: number | undefined;
  readonly timeline: number | undefined;
  readonly startedAt: string;
}
