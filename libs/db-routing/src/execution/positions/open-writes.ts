import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../clock';
import type { PoolSession } from '../../consistency/pool-session';
import { Session } from '../../consistency/session';
import type { Position } from '../../engine/position';
import { PoolEndedError } from '../../errors';
import type { ClusterNodes } from '../nodes/cluster-nodes';
import { positionOf } from './position-of-node';
import type { ServerPositions } from './server-positions';

/** Writes that are left open within this time share one question. */
const ASK_AFTER_MS = 20;

export interface OpenWritesParts {
  readonly clock: Clock;
  readonly nodes: ClusterNodes;
  readonly positions: ServerPositions;
  /** The pool's own session: no other leaves writes open. */
  readonly own: PoolSession;
}

/**
 * Learns the position of writes that were answered without one: one question to the primary covers many. A
 * read asks at once; otherwise the question waits a little for more writes.
 */
export class OpenWrites {
  #isScheduled = false;
  #isEnded = false;
  /** The question that is under way, and how many writes it covers. */
  #asked: { readonly count: number; readonly told: Promise<void> } | undefined;
  /** Sessions that began while writes were open. */
  #waiting: { readonly count: number; readonly placed: (position: Position) => void }[] = [];
  /** Many callers share one question: it must not belong to the request of one of them. */
  readonly #inNoRequest = AsyncLocalStorage.snapshot();

  constructor(private readonly parts: OpenWritesParts) {}

  /** A write of the pool's session was answered without its position. */
  add(): void {
    this.parts.own.leaveOpen();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#inNoRequest(() => this.#schedule());
  }

  /**
   * Call this before a read is routed. Resolves when the position of its session is known, or no primary can
   * tell: the read then needs the primary. Undefined when the session has no open writes.
   */
  beforeRead(session: Session | undefined): Promise<void> | undefined {
    const { own } = this.parts;
    session?.startRead();
    return session === own && own.hasOpenWrites ? this.#ask() : undefined;
  }

  /** A session that begins with everything that the pool's own session has written. */
  newSession(): Session {
    const { own } = this.parts;
    const session = new Session(own.position, { onAhead: 'ignore' });
    if (own.hasOpenWrites) {
      const end = session.startWrite();
      const placed = (position: Position) => {
        session.advance(position);
        end();
      };
      this.#waiting.push({ count: own.leftOpen, placed });
      void this.#ask();
    }
    return session;
  }

  #schedule(): void {
    const again = () => {
      if (this.parts.own.hasOpenWrites && !this.#isEnded) this.#schedule();
      else this.#isScheduled = false;
    };
    this.parts.clock.after(ASK_AFTER_MS, () => void this.#ask().then(again), { keepAlive: false });
  }

  #ask(): Promise<void> {
    const count = this.parts.own.leftOpen;
    // A question with a lower count may have reached the primary before the last write.
    if (this.#asked?.count === count) return this.#asked.told;
    const told = this.#inNoRequest(() => this.#place(count)).then(() => {
      if (this.#asked?.count === count) this.#asked = undefined;
    });
    this.#asked = { count, told };
    return told;
  }

  /** Never rejects: without a position, the writes stay open. */
  async #place(count: number): Promise<void> {
    const { positions, nodes } = this.parts;
    try {
      // Any later position of a primary covers the writes that were answered before.
      const known = await positions.ofPrimary();
      const { primary } = nodes.topology;
      const reached = primary && positionOf(primary, known);
      if (reached) this.#close(count, reached);
    } catch (error) {
      if (error instanceof PoolEndedError) this.#isEnded = true;
    }
  }

  /** `position` covers the first `count` open writes. */
  #close(count: number, position: Position): void {
    const { own } = this.parts;
    own.advance(position);
    own.close(count);
    const covered = this.#waiting.filter((waiting) => waiting.count <= count);
    this.#waiting = this.#waiting.filter((waiting) => waiting.count > count);
    for (const { placed } of covered) placed(position);
  }
}
