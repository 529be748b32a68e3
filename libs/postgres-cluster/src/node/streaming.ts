import type { Client } from 'pg';
import type { ClusterNode } from '../cluster-node';
import { MAINTENANCE_DATABASE } from '../database';
import { hasDiverged, lineageOf } from './timeline';
import { until } from '../until';

const STREAM_TIMEOUT_MS = 10_000;

/** What is needed to check whether a node streams. */
export interface StreamingNode {
  readonly name: string;
  readonly directPort: number;
  readonly isRunning: boolean;
  withClient<T>(work: (client: Client) => Promise<T>, database?: string): Promise<T>;
}

/**
 * Whether the standby starts streaming the upstream's timeline. False as soon as it is clear that it never
 * will.
 */
export async function streamsFrom(standby: StreamingNode, upstream: StreamingNode): Promise<boolean> {
  try {
    const verdict = await until(
      `${standby.name} to stream from ${upstream.name}`,
      async () => {
        if (!standby.isRunning) return 'never';
        const lineage = await upstream.withClient(lineageOf, MAINTENANCE_DATABASE);
        if (lineage === undefined) return undefined;
        return standby.withClient(async (client) => {
          const { rowCount } = await client.query(
            `SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming' AND sender_port = $1 AND received_tli = $2`,
            [upstream.directPort, lineage.timeline],
          );
          if (rowCount === 1) return 'streams';
          return (await hasDiverged(client, lineage)) ? 'never' : undefined;
        }, MAINTENANCE_DATABASE);
      },
      { timeoutMs: STREAM_TIMEOUT_MS },
    );
    return verdict === 'streams';
  } catch {
    // Whatever the reason (the slot was lost, the WAL is gone), only a new clone can fix it.
    return false;
  }
}

/**
 * Creates a slot that keeps the WAL that a clone will need from now on. A slot that has lost its WAL is
 * created again.
 */
export async function ensureSlot(client: Client, slot: string): Promise<void> {
  await client.query(
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
      WHERE slot_name = $1 AND NOT active AND wal_status = 'lost'`,
    [slot],
  );
  await client.query(
    `SELECT pg_create_physical_replication_slot($1, true)
      WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)`,
    [slot],
  );
}

/** Drops the slots of replicas that now stream from elsewhere: no one would consume the WAL they keep. */
export async function dropUnusedSlots(client: Client, used: readonly string[]): Promise<void> {
  await client.query(
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
      WHERE slot_type = 'physical' AND NOT active AND slot_name <> ALL ($1::text[])`,
    [used],
  );
}

/** `pg_wal_replay_pause()` only requests the pause; the startup process stops between two records. */
export async function pauseReplay(client: Client, name: string): Promise<void> {
  await client.query('SELECT pg_wal_replay_pause()');
  await until(`replay of ${name} to pause`, async () => {
    const { rows } = await client.query<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
    return rows[0]?.state === 'paused';
  });
}

export async function walSenderPids(client: Client, slot: string | undefined): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_replication WHERE $1::text IS NULL OR application_name = $1 ORDER BY pid',
    [slot ?? null],
  );
  return rows.map(({ pid }) => pid);
}

export async function clientBackendPids(client: Client): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid`,
  );
  return rows.map(({ pid }) => pid);
}

/** Resolves when the server has loaded the setting, after a reload. */
export async function untilSetting(
  node: Pick<ClusterNode, 'name' | 'query'>,
  name: string,
  expected: string,
): Promise<void> {
  await until(`${node.name} to load ${name}`, async () => {
    const { rows } = await node.query<{ setting: string }>(
      'SELECT setting FROM pg_settings WHERE name = $1',
      [name],
    );
    return rows[0]?.setting === expected;
  });
}
