import type { Backend } from './backend';
import type { Server } from './server';
import type { Version } from './timeline';

/** What one commit adds to the log, in bytes. */
const RECORD_BYTES = 120;

/** Commits the backend's transaction; calls `done` when COMMIT would be answered. */
export function commit(server: Server, backend: Backend, done: () => void): void {
  const { transaction } = backend;
  const { world } = server;
  if (!transaction?.drafts || transaction.drafts.size === 0) {
    backend.abandon();
    done();
    return;
  }
  const lsn = server.writtenLsn + RECORD_BYTES + world.prng.whole(0, 400);
  const { timeline } = server;
  const versions = [...transaction.drafts].map(([key, { version, writer, request }]): Version => ({
    key,
    version,
    writer,
    request,
    timeline,
    lsn,
    visibleAs: Infinity,
    visibleAtMs: Infinity,
    isSeenEarly: false,
  }));
  const { durability } = transaction;
  server.append({ lsn, versions }, durability !== 'off');
  const show = () => {
    backend.interrupt = undefined;
    world.commits += 1;
    for (const version of versions) world.show(version);
    backend.abandon();
    if (!backend.isGone) done();
  };
  if (durability === 'off' || durability === 'local' || world.syncNames.size === 0) {
    show();
    return;
  }
  const stop = server.replication.awaitStandbys(lsn, durability === 'remote_apply', show);
  // A backend that is cancelled, or ended, while it waits for a standby has committed all the same
  // (PostgreSQL manual, "Synchronous Replication").
  if (stop) {
    const { life } = server;
    backend.interrupt = () => {
      stop();
      if (server.life === life) show();
    };
  }
}
