import { isVisibleTo, type OpenTransaction, type Snapshot } from './backend';
import type { Server } from './server';
import type { Result, Row } from './statement';

/** What the next statement of the transaction sees. */
export function snapshotFor(server: Server, transaction: OpenTransaction): Snapshot {
  if (transaction.isRepeatable) return (transaction.snapshot ??= snapshotNow(server));
  return snapshotNow(server);
}

export function snapshotNow({ isPrimary, replayedLsn, writtenLsn, world }: Server): Snapshot {
  return isPrimary ? { lsn: writtenLsn, commits: world.commits } : { lsn: replayedLsn, commits: Infinity };
}

export function readRows(
  server: Server,
  { drafts }: OpenTransaction,
  snapshot: Snapshot,
  keys: readonly string[],
): Result {
  const isVisible = isVisibleTo(snapshot);
  const rows: Row[] = [];
  for (const key of keys) {
    const draft = drafts?.get(key);
    const committed = draft ? undefined : server.timeline.read(key, snapshot.lsn, isVisible);
    // Its primary still waits for a standby to confirm the commit.
    if (committed?.visibleAs === Infinity) committed.isSeenEarly = true;
    const found = draft ?? committed;
    rows.push({ key, version: found?.version ?? 0, writer: found?.writer ?? '' });
  }
  const seenAt = { timeline: server.timeline.id, lsn: snapshot.lsn, isPrimary: server.isPrimary };
  return { command: 'SELECT', rowCount: rows.length, rows, seenAt };
}
