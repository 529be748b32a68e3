import type { QueryConfig, QueryResult } from 'pg';
import type { ServerPosition } from '../../engine/position';
import { committedLsn, parseLsn } from './lsn';
import { flushedOrReplayedLsn, STARTED_AT, timelineOf, walFile } from './server-facts';
import { OWN_TYPES } from '../protocol/own-types';
import type { AnyResult } from '../protocol/query-types';

const IS_REPLICA = 'pg_is_in_recovery()';

/**
 * Asks a primary or a replica for its position. A primary's flush position covers every acknowledged commit;
 * its insert position can be ahead although there is nothing to replay. With synchronous_commit off, as a
 * role or a server may set it, commits are acknowledged before they are flushed, and only the insert position
 * covers them.
 */
export const POSITION_QUERY: QueryConfig = {
  text:
    `SELECT (CASE WHEN NOT ${IS_REPLICA} AND current_setting('synchronous_commit') = 'off' ` +
    `THEN pg_current_wal_insert_lsn() ELSE ${flushedOrReplayedLsn(IS_REPLICA)} END)::text AS lsn, ` +
    `${IS_REPLICA}::text AS is_in_recovery, ${walFile(IS_REPLICA)} AS wal_file, ` +
    `CASE WHEN NOT ${IS_REPLICA} THEN pg_current_wal_insert_lsn() END::text AS written_lsn, ` +
    `${STARTED_AT} AS started_at`,
  types: OWN_TYPES,
};

/**
 * The same as a prepared statement, because it follows every write. A wire that prepares nothing drops the
 * name.
 */
export const KEPT_POSITION_QUERY: QueryConfig = { ...POSITION_QUERY, name: 'db_routing_position' };

/** The row of {@link POSITION_QUERY}. Each column is text: no type parser of the application changes it. */
export interface PositionRow {
  /** NULL on a replica that has replayed nothing yet. */
  readonly lsn: string | null;
  readonly is_in_recovery: 'true' | 'false';
  readonly wal_file: string | null;
  readonly written_lsn: string | null;
  readonly started_at: string;
}

/** The position in a row of {@link POSITION_QUERY}; undefined if there is none. */
export function positionFromRow(row: PositionRow | undefined): ServerPosition | undefined {
  if (row?.lsn === null || row?.lsn === undefined) return undefined;
  const log = parseLsn(row.lsn);
  const writtenLog = row.written_lsn === null ? undefined : parseLsn(row.written_lsn);
  return {
    log,
    isReplica: row.is_in_recovery === 'true',
    timeline: row.wal_file === null ? undefined : timelineOf(row.wal_file),
    writtenLog,
    committedLog: writtenLog && committedLsn(log, writtenLog),
    startedAt: row.started_at,
  };
}

/** The position in the driver's result of {@link POSITION_QUERY}; undefined if there is none. */
export function positionIn(result: AnyResult): ServerPosition | undefined {
  const { rows } = Array.isArray(result) ? (result.at(-1) as QueryResult) : result;
  return positionFromRow(rows[0] as PositionRow | undefined);
}
