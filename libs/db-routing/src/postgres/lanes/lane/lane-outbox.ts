import type { Clock } from '../../../clock';
import { OWN_TYPES } from '../../protocol/own-types';
import { Exchange } from './exchange';
import type { LaneLink } from './lane-link';
import type { LaneCounters } from '../lane-read';
import { MessageWriter, type WireValue } from '../../protocol/wire/message-writer';
import type { PendingRead } from './pending-read';
import { POSITION_QUERY } from '../../position/position-query';
import type { SentQueue } from './sent-queue';
import {
  PREPARE_LIMITS,
  type PreparedEntry,
  PreparedStatements,
} from '../../protocol/wire/prepared-statements';

/**
 * Maximum number of statements that share a Sync. Sharing saves the server a transaction and a packet per
 * statement, but the first answer waits for the last.
 */
const MAX_SHARED = 16;
/** Only statements with this many consecutive quick answers share a Sync. */
const QUICK_RUNS_TO_SHARE = 8;

const NO_VALUES: readonly WireValue[] = [];

interface OutboxOwner {
  readonly prepare: boolean;
  readonly counters: LaneCounters;
  readonly clock: Clock;
}

/**
 * The outgoing messages of a lane: everything written in one turn of the event loop is sent as one packet.
 */
export class LaneOutbox {
  readonly book: PreparedStatements;
  readonly #writer = new MessageWriter();
  readonly #toClose: string[] = [];
  readonly #flush = () => this.#send();
  #isScheduled = false;
  /** Number of statements since the last Sync. */
  #unsynced = 0;
  /** A position query has been written in this turn. */
  #hasAsked = false;
  #waiters: Exchange[] | undefined;

  constructor(
    private readonly link: LaneLink,
    /** Receives every exchange that is written. */
    private readonly sent: SentQueue,
    private readonly owner: OutboxOwner,
    private readonly onFlushed: () => void,
  ) {
    this.book = new PreparedStatements({ ...PREPARE_LIMITS, clock: owner.clock });
  }

  /** Writes a read, after a position query if the read needs proof. */
  add(read: PendingRead, needsProof: boolean): void {
    const exchange = new Exchange(read, this.link.types);
    if (this.owner.prepare && !read.kept) exchange.entry = this.#entryOf(read.text, read.ownName);
    const { entry } = exchange;
    // The extended protocol allows only one statement.
    if (entry && read.isExtended) entry.isSingle = true;
    this.#schedule();
    if (needsProof && !this.#hasAsked) {
      this.#hasAsked = true;
      this.#ask(undefined);
    }
    const { isAlone, isExtended, isBinary, types } = read;
    const canShare =
      !isAlone &&
      entry?.state === 'prepared' &&
      entry.shape !== undefined &&
      entry.quickRuns >= QUICK_RUNS_TO_SHARE;
    if (!canShare) this.#sync();
    this.#write(exchange, read.text, read.values, {
      isUrgent: read.ownName !== undefined,
      isExtended,
      isBinary,
      isShapeKnown: types === undefined && !isBinary,
    });
    if (!canShare || this.#unsynced >= MAX_SHARED) this.#sync();
    if (read.wantsPosition) (this.#waiters ??= []).push(exchange);
  }

  /** Asks for the position again, for reads that only wait for it. */
  ask(waiters: Exchange[]): void {
    this.#schedule();
    // Write the question now: until the end of the turn, the lane would look idle and might be closed.
    this.#ask(waiters);
  }

  /** Forgets a kept statement that is outdated; the next use starts from zero. */
  forget(entry: PreparedEntry): void {
    if (this.book.forget(entry)) this.#toClose.push(entry.name);
  }

  #entryOf(text: string, ownName: string | undefined): PreparedEntry {
    const entry = this.book.use(text, ownName);
    if (!this.book.isOld(entry)) return entry;
    this.forget(entry);
    return this.book.use(text, ownName);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Not on the next tick: reads that other sockets trigger in this turn, above all requests, share the
    // packet.
    this.owner.clock.afterArrivals(this.#flush);
  }

  #send(): void {
    this.#isScheduled = false;
    this.#hasAsked = false;
    const waiters = this.#waiters;
    if (waiters) {
      this.#waiters = undefined;
      this.#ask(waiters);
    }
    this.#sync();
    if (this.#writer.isEmpty) return;
    this.link.write(this.#writer.take());
    this.onFlushed();
  }

  #ask(waiters: Exchange[] | undefined): void {
    this.owner.counters.positionQueries += 1;
    const exchange = new Exchange(undefined, OWN_TYPES);
    exchange.waiters = waiters;
    if (this.owner.prepare) exchange.entry = this.#entryOf(POSITION_QUERY.text, undefined);
    if (exchange.entry) exchange.entry.isSingle = true;
    if (exchange.entry?.state !== 'prepared') this.#sync();
    this.#write(exchange, POSITION_QUERY.text, NO_VALUES, {
      isUrgent: true,
      isExtended: true,
      isBinary: false,
      isShapeKnown: true,
    });
  }

  #write(
    exchange: Exchange,
    text: string,
    values: readonly WireValue[],
    how: { isUrgent: boolean; isExtended: boolean; isBinary: boolean; isShapeKnown: boolean },
  ): void {
    const { entry } = exchange;
    this.sent.push(exchange);
    this.#unsynced += 1;
    let name = '';
    let hasToParse = true;
    if (entry !== undefined) {
      if (this.book.shouldPrepare(entry, how.isUrgent)) {
        this.#startPreparing(entry);
        exchange.isNamed = true;
      } else if (entry.state === 'prepared') {
        exchange.isNamed = true;
        exchange.isKept = true;
        hasToParse = false;
      }
      if (exchange.isNamed) name = entry.name;
    }
    if (!exchange.isNamed && !how.isExtended) {
      exchange.isSimple = true;
      this.#writer.query(text);
      // In the simple protocol, the server sends ReadyForQuery without a Sync.
      exchange.endsSegment = true;
      this.#unsynced = 0;
      return;
    }
    if (hasToParse) this.#writer.parse(name, text);
    this.#writer.bind(name, values, how.isBinary);
    if (hasToParse || !how.isShapeKnown || entry?.shape === undefined) this.#writer.describePortal();
    this.#writer.execute();
  }

  #startPreparing(entry: PreparedEntry): void {
    const evicted = this.book.startPreparing(entry);
    this.owner.counters.prepared += 1;
    if (evicted !== undefined) this.#toClose.push(evicted);
    // Close messages come first in their segment, where no earlier error can skip them.
    for (const name of this.#toClose.splice(0)) this.#writer.closeStatement(name);
  }

  #sync(): void {
    if (this.#unsynced === 0) return;
    this.#unsynced = 0;
    this.#writer.sync();
    const { last } = this.sent;
    if (last) last.endsSegment = true;
  }
}
