import type { Client } from 'pg';

const HEADING = /^(\d+)\t([\dA-F]+\/[\dA-F]+)\t/gm;

interface Lineage {
  readonly timeline: number;
  /** Ancestors of the timeline, each with the position at which it was left. */
  readonly switchPoints: ReadonlyMap<number, string>;
}

/** The timeline that a server writes or streams, and its history (its `.history` file). */
export async function lineageOf(client: Client): Promise<Lineage | undefined> {
  const { rows } = await client.query<{ timeline: number | null }>(
    `SELECT CASE WHEN pg_is_in_recovery()
                 THEN (SELECT received_tli FROM pg_stat_wal_receiver)
                 ELSE ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END AS timeline`,
  );
  const timeline = rows[0]?.timeline ?? undefined;
  if (timeline === undefined) return undefined;
  const switchPoints = new Map<number, string>();
  if (timeline > 1) {
    const file = `pg_wal/${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
    const history = await client.query<{ text: string }>('SELECT pg_read_file($1) AS text', [file]);
    for (const [, ancestor, lsn] of (history.rows[0]?.text ?? '').matchAll(HEADING)) {
      if (lsn !== undefined) switchPoints.set(Number(ancestor), lsn);
    }
  }
  return { timeline, switchPoints };
}

/**
 * Whether a standby has WAL that the lineage does not have, so that it can never stream from there. A standby
 * that is merely behind the switch point, or on the same timeline, can.
 */
export async function hasDiverged(standby: Client, { timeline, switchPoints }: Lineage): Promise<boolean> {
  const { rows } = await standby.query<{ timeline: number; position: string }>(
    `SELECT greatest(c.timeline_id, r.min_recovery_end_timeline,
                     (SELECT received_tli FROM pg_stat_wal_receiver)) AS timeline,
            greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) AS position
       FROM pg_control_checkpoint() c, pg_control_recovery() r`,
  );
  const own = rows[0];
  if (own === undefined || own.timeline === timeline) return false;
  const leftAt = switchPoints.get(own.timeline);
  if (leftAt === undefined) return true;
  const compared = await standby.query<{ beyond: boolean }>('SELECT $1::pg_lsn > $2::pg_lsn AS beyond', [
    own.position,
    leftAt,
  ]);
  return compared.rows[0]?.beyond ?? true;
}
