import { Session } from './session';

/**
 * The session of code that runs in no other session: cron jobs, consumers, scripts, tests. It advances with
 * every write through its pool, whichever session makes it, and reads see at least that. Reads do not advance
 * it: otherwise every read of the process would need what the freshest of them has seen, and a replica
 * slightly behind could serve none.
 */
export class PoolSession extends Session {
  constructor() {
    // It outlives failovers and restored backups, so it forgets a position that the primary does not have
    // instead of refusing reads.
    super(undefined, { onAhead: 'ignore' });
  }

  override get followsReads(): boolean {
    return false;
  }
}
