/**
 * What the probe and the position query both ask a server, as SQL expressions. `isReplica`: an expression
 * that says whether it is one; a statement evaluates it once, because a server may be promoted meanwhile.
 */

/**
 * Until where a replica has replayed, or a primary has flushed. The insert position can be ahead without any
 * record to replay.
 */
export function flushedOrReplayedLsn(isReplica: string): string {
  return `CASE WHEN ${isReplica} THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END`;
}

/** The WAL file that a primary writes; NULL on a replica. */
export function walFile(isReplica: string): string {
  return `CASE WHEN NOT ${isReplica} THEN pg_walfile_name(pg_current_wal_flush_lsn()) END`;
}

/** When the server was started, in seconds since 1970, to the microsecond. */
export const STARTED_AT = 'extract(epoch FROM pg_postmaster_start_time())::text';

/** The name of a WAL file starts with its timeline (PostgreSQL manual, pg_walfile_name). */
const TIMELINE_DIGITS = 8;

export function timelineOf(file: string): number {
  return Number.parseInt(file.slice(0, TIMELINE_DIGITS), 16);
}
