import { Session } from './session';

/**
 * The session of code that runs in no other: cron jobs, consumers, scripts, tests. It knows what was written through its pool, by whichever
 * session, and reads see at least that. Reading does not move it on: otherwise all reads of a process would need what the freshest of
 * them has seen, and a replica that is a moment behind could serve none.
 */
export class PoolSession extends Session {
  constructor() {
    // It outlives failovers and restored backups: what the primary does not have is forgotten, not refused.
    super(undefined, { onAhead: 'ignore' });
  }

  override get followsReads(): boolean {
    return false;
  }
}
