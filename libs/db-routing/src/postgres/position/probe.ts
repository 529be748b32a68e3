import { Client, type ClientConfig } from 'pg';
import { type Clock, withDeadline } from '../../clock';
import type { Probe, ProbeAnswer } from '../../engine/probe';
import { askInTransaction, inTransaction } from '../protocol/ask-in-transaction';
import { takeOverQueryTimeout } from '../protocol/query-timeout';
import { parseLsn } from './lsn';
import { flushedOrReplayedLsn, STARTED_AT, timelineOf, walFile } from './server-facts';

/**
 * One statement for a primary, a replica and a cascaded replica of PostgreSQL 15 to 18, run by a member of
 * pg_monitor. It asks for the flush position, because the insert position can be ahead without any record to
 * replay, and never for the received position, which after a restart can be behind the replayed one. The
 * timeline of a replica is that of its WAL receiver; without one, that of its last restart point, which can
 * be too old but never too new: see NEWEST_WAL_FILE.
 *
 * A server does not know a unique name for itself: its address may be that of a proxy or a container, and
 * replicas share the system identifier. Its start time in microseconds, its port and its data directory
 * identify it.
 */
const PROBE_SQL = inTransaction(`
SELECT r.is_replica,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
       (${flushedOrReplayedLsn('r.is_replica')})::text AS lsn,
       ${walFile('r.is_replica')} AS wal_file,
       CASE WHEN r.is_replica
            THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver), (SELECT timeline_id FROM pg_control_checkpoint()))
       END AS replica_timeline,
       r.is_replica AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver)
         AND has_function_privilege('pg_ls_waldir()', 'EXECUTE') AS may_have_newer_wal,
       current_setting('server_version_num')::int AS server_version,
       ${STARTED_AT} AS started_at,
       current_setting('port') AS port,
       pg_has_role('pg_read_all_stats', 'USAGE') AS is_permitted,
       CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END AS directory,
       (SELECT status FROM pg_stat_wal_receiver) AS receiver_status,
       CASE WHEN r.is_replica THEN pg_get_wal_replay_pause_state() END AS pause_state
  FROM (SELECT pg_is_in_recovery() AS is_replica) AS r`);

interface ProbeRow {
  is_replica: boolean;
  system_id: string | null;
  lsn: string | null;
  wal_file: string | null;
  replica_timeline: number | null;
  may_have_newer_wal: boolean;
  server_version: number;
  started_at: string;
  port: string;
  directory: string | null;
  is_permitted: boolean;
  receiver_status: string | null;
  pause_state: string | null;
}

/**
 * Asked of a replica that has lost its upstream. A replica stores WAL of a newer timeline only if that
 * continues what it has replayed, so the newest file tells the timeline that it follows. The history file of
 * a timeline tells nothing: a replica fetches it before it knows whether it can follow. Asked alone, since
 * PostgreSQL refuses a whole statement to a user who may not run one of its functions.
 */
const NEWEST_WAL_FILE = inTransaction(`
SELECT max(name COLLATE "C") AS wal_file FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'`);

/** A new connection and its probe take about half as many round trips. */
const DEADLINE_SLICES = 10;

/**
 * Probes one node over a dedicated connection, which it makes again after a failure. Each probe has a
 * deadline.
 */
export class NodeProbe implements Probe {
  #client: Client | undefined;

  constructor(
    private readonly config: ClientConfig,
    private readonly options: { deadlineMs: number; clock: Clock; applicationName: string },
  ) {}

  /** Asks the node once. Throws an error when no usable answer comes within the deadline. */
  async ask(): Promise<ProbeAnswer> {
    const { clock, deadlineMs } = this.options;
    try {
      const late = (): never => {
        throw new Error(`no answer within ${deadlineMs} ms`);
      };
      return await withDeadline(clock, deadlineMs, this.#ask(), late, DEADLINE_SLICES);
    } catch (error) {
      // The connection may still answer, too late: it must not be used again.
      this.close();
      throw error;
    }
  }

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    if (!client) return;
    client.end().catch(() => undefined);
    // A hung server would never close the connection.
    client.connection.stream.destroy();
  }

  async #ask(): Promise<ProbeAnswer> {
    const client = this.#client ?? (await this.#connect());
    const row = await askInTransaction<ProbeRow>(client, PROBE_SQL);
    const timeline = row && (await timelineIn(row, client));
    if (!row?.system_id || !row.lsn || timeline === null || timeline === undefined) {
      throw new Error('the probe is incomplete: is the monitoring user a member of pg_monitor?');
    }
    return {
      role: row.is_replica ? 'replica' : 'primary',
      systemId: row.system_id,
      timeline,
      log: parseLsn(row.lsn),
      serverVersion: row.server_version,
      startedAt: row.started_at,
      server: [row.system_id, row.started_at, row.port, row.directory ?? ''].join('/'),
      isPermitted: row.is_permitted,
      ...(row.is_replica && remarkOn(row)),
    };
  }

  async #connect(): Promise<Client> {
    const client = new Client({
      ...this.config,
      application_name: `${this.options.applicationName} (monitor)`,
    });
    // Without a listener, a broken connection would end the process. The next ask() makes a new one.
    client.on('error', () => {
      if (this.#client === client) this.#client = undefined;
    });
    // A timeout in the connection string is meant for callers' statements; a probe has a deadline of its own.
    takeOverQueryTimeout(client);
    this.#client = client;
    await client.connect();
    // The process may end while the probe is idle; during a probe, the timer of its deadline keeps the
    // process alive.
    (client as unknown as { unref(): void }).unref();
    return client;
  }
}

/** The timeline that the server writes or follows; null when it does not say. */
async function timelineIn(row: ProbeRow, client: Client): Promise<number | null> {
  const { wal_file: written, replica_timeline: told, may_have_newer_wal: mayHaveNewer } = row;
  if (written !== null) return timelineOf(written);
  if (told === null || !mayHaveNewer) return told;
  const newest = await askInTransaction<{ wal_file: string | null }>(client, NEWEST_WAL_FILE);
  return newest?.wal_file ? Math.max(told, timelineOf(newest.wal_file)) : told;
}

function remarkOn(row: ProbeRow): { remark?: string } {
  // The server does not refuse to show these columns: it returns NULL.
  if (!row.is_permitted) return { remark: 'the monitoring user is not a member of pg_monitor' };
  if (row.pause_state !== null && row.pause_state !== 'not paused') return { remark: 'replay is paused' };
  if (row.receiver_status !== 'streaming') return { remark: 'its WAL receiver is not streaming' };
  return {};
}
