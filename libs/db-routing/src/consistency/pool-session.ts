import { Session } from './session';

/** After this many writes that no read has followed, the next ones are not placed at once. */
const UNREAD_WRITES = 16;

export interface PoolSessionOptions {
  /**
   * Whether writes may be left open. False where code may ask for the position as soon as a write is
   * answered, to sign it.
   */
  readonly mayLeaveOpen: boolean;
}

/**
 * The session of code that runs in no other session: cron jobs, consumers, scripts, tests. It advances with
 * every write through its pool, whichever session makes it, and reads see at least that. Reads do not advance
 * it: otherwise every read of the process would need what the freshest of them has seen, and a replica
 * slightly behind could serve none.
 *
 * Code that only writes has no use for the position of each write. Such writes are left open: they are
 * answered without a position, and the session's next read asks the primary for a later one.
 */
export class PoolSession extends Session {
  readonly #mayLeaveOpen: boolean;
  #unreadWrites = 0;
  #leftOpen = 0;
  #closed = 0;

  constructor({ mayLeaveOpen }: PoolSessionOptions) {
    // It outlives failovers and restored backups, so it forgets a position that the primary does not have
    // instead of refusing reads.
    super(undefined, { onAhead: 'ignore' });
    this.#mayLeaveOpen = mayLeaveOpen;
  }

  override get followsReads(): boolean {
    return false;
  }

  override startPlacedWrite(): boolean {
    if (!this.#mayLeaveOpen) return true;
    this.#unreadWrites += 1;
    return this.#unreadWrites <= UNREAD_WRITES;
  }

  override startRead(): void {
    this.#unreadWrites = 0;
  }

  override get hasUnplacedWrites(): boolean {
    return this.hasOpenWrites || super.hasUnplacedWrites;
  }

  /** Whether a write was left open that the session's position may not cover. */
  get hasOpenWrites(): boolean {
    return this.#closed < this.#leftOpen;
  }

  /** Number of writes that were ever left open. */
  get leftOpen(): number {
    return this.#leftOpen;
  }

  /** A write was answered without its position. */
  leaveOpen(): void {
    this.#leftOpen += 1;
  }

  /** The session's position covers the first `count` writes that were left open. */
  close(count: number): void {
    this.#closed = Math.max(this.#closed, count);
  }
}
