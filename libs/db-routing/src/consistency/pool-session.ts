import { Session } from './session';

export interface PoolSessionOptions {
  /**
   * Whether code may ask for the session's position, as a token, without waiting for it: then each write asks
   * for its position. Default false.
   */
  readonly isTold?: boolean;
}

/**
 * The writes after a read that ask for their positions: the next read is probably near, and then need not
 * ask. A run of more writes is probably an import or a queue, which no read follows.
 */
const ASKED_AFTER_READ = 8;

/**
 * The session of code that runs in no other session: cron jobs, consumers, scripts, tests. It advances with
 * every write through its pool, whichever session makes it, and reads see at least that. Reads do not advance
 * it: otherwise every read of the process would need what the freshest of them has seen, and a replica
 * slightly behind could serve none.
 */
export class PoolSession extends Session {
  readonly #isTold: boolean;
  #asksLeft = ASKED_AFTER_READ;
  #unasked = 0;
  #covered = 0;

  constructor({ isTold = false }: PoolSessionOptions = {}) {
    // It outlives failovers and restored backups, so it forgets a position that the primary does not have
    // instead of refusing reads.
    super(undefined, { onAhead: 'ignore' });
    this.#isTold = isTold;
  }

  override get followsReads(): boolean {
    return false;
  }

  /** Not in a run of writes without a read: the read that ends the run asks once for all of them. */
  override asksBehind(work: 'read' | 'write'): boolean {
    if (work === 'read') return false;
    if (this.#isTold) return true;
    if (this.#asksLeft === 0) return false;
    this.#asksLeft -= 1;
    return true;
  }

  /** Call this when a write that has not asked for its position is answered, before its caller goes on. */
  wroteUnasked(): void {
    this.#unasked += 1;
  }

  /** How many writes were answered that have not asked for their positions. */
  get unasked(): number {
    return this.#unasked;
  }

  /** The position covers this many of those writes, and so does each later one. */
  cover(writes: number): void {
    this.#covered = Math.max(this.#covered, writes);
  }

  /** Whether the position covers all writes that were answered. */
  get isCovered(): boolean {
    return this.#covered === this.#unasked;
  }

  override consult(): boolean {
    this.#asksLeft = ASKED_AFTER_READ;
    return !this.isCovered;
  }
}
