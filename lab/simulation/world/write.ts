import { type Backend, type Draft, isVisibleTo, type OpenTransaction } from './backend';
import { serverError } from './errors';
import { snapshotFor, snapshotNow } from './read';
import type { Server } from './server';
import type { Result, Row } from './statement';

interface Write {
  readonly keys: readonly string[];
  readonly writer: string;
  readonly request: string | undefined;
  /** INSERT … ON CONFLICT DO NOTHING. */
  readonly isOnce: boolean;
}

type Done = (outcome: { result?: Result; error?: Error }) => void;

/** How long a backend waits for a lock before it looks for a deadlock; PostgreSQL's default. */
const DEADLOCK_TIMEOUT_MS = 1_000;

/** Writes one key after the other, and waits for each one's lock. */
export function writeRows(
  server: Server,
  backend: Backend,
  transaction: OpenTransaction,
  write: Write,
  done: Done,
): void {
  // The snapshot of REPEATABLE READ is taken when the statement begins, before it waits for anything.
  snapshotFor(server, transaction);
  const rows: Row[] = [];
  const next = (index: number): void => {
    const key = write.keys[index];
    if (key === undefined) {
      const seenAt = { timeline: server.timeline.id, lsn: server.writtenLsn, isPrimary: true };
      done({ result: { command: write.isOnce ? 'INSERT' : 'UPDATE', rowCount: rows.length, rows, seenAt } });
      return;
    }
    lock(server, backend, key, done, () => {
      const row = draft(server, transaction, key, write);
      if (row === 'conflict') done({ error: serverError('40001') });
      else {
        if (row) rows.push(row);
        next(index + 1);
      }
    });
  };
  next(0);
}

function lock(server: Server, backend: Backend, key: string, done: Done, locked: () => void): void {
  const { locks, world } = server;
  const { scheduler, settings } = world;
  const timers: { cancel(): void }[] = [];
  const stop = (go: () => void) => {
    backend.interrupt = undefined;
    for (const timer of timers) timer.cancel();
    if (!backend.isGone) go();
  };
  if (locks.take(key, backend, () => stop(locked))) {
    locked();
    return;
  }
  const giveUp = (code: string) => {
    locks.stopWaiting(backend);
    stop(() => done({ error: serverError(code) }));
  };
  timers.push(
    scheduler.in(settings.statementTimeoutMs, () => giveUp('57014')),
    scheduler.in(DEADLOCK_TIMEOUT_MS, () => {
      if (locks.isDeadlocked(backend)) giveUp('40P01');
    }),
  );
  backend.interrupt = () => giveUp('57014');
  endIdleOwner(server, key, backend);
}

/** A transaction that idles too long while others wait for its lock is ended. */
function endIdleOwner(server: Server, key: string, waiter: Backend): void {
  const owner = server.locks.ownerOf(key);
  const { scheduler, settings } = server.world;
  if (!owner || owner.isBusy) return;
  const { idleSinceMs } = owner;
  scheduler.at(idleSinceMs + settings.idleInTransactionTimeoutMs, () => {
    if (owner.isGone || owner.isBusy || owner.idleSinceMs !== idleSinceMs || waiter.isGone) return;
    owner.end();
    owner.onClosed(serverError('25P03'));
  });
}

function draft(
  server: Server,
  transaction: OpenTransaction,
  key: string,
  { writer, request, isOnce }: Write,
): Row | 'conflict' | undefined {
  const now = snapshotNow(server);
  const drafts = (transaction.drafts ??= new Map<string, Draft>());
  const mine = drafts.get(key);
  const found = mine ?? server.timeline.read(key, now.lsn, isVisibleTo(now));
  if (isOnce && found) return undefined;
  if (!mine && found && transaction.isRepeatable && transaction.snapshot) {
    const { lsn, commits } = transaction.snapshot;
    if (server.timeline.read(key, lsn, isVisibleTo({ lsn, commits })) !== found) return 'conflict';
  }
  const version = (mine?.version ?? found?.version ?? 0) + (mine && mine.writer === writer ? 0 : 1);
  drafts.set(key, { version, writer, request });
  return { key, version, writer };
}
