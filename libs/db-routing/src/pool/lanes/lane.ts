import type { DatabaseError, FieldDef } from 'pg';
import type { Lsn } from '../../consistency/lsn';
import { ConnectionLostError } from '../../errors';
import { isConnectionFailure, sqlStateOf } from '../pg-errors';
import type { AnyResult } from '../query-types';
import type { Exchange } from './exchange';
import type { LaneLink } from './lane-link';
import type { LaneCounters } from './lane-read';
import { type MessageHandler, MessageReader } from './message-reader';
import type { PendingRead } from './pending-read';
import { type LanePosition, positionFromRow, type PositionRow } from './position-query';
import { rowShape } from './row-shape';
import type { StatementHabits } from './statement-habits';
import { LaneOutbox } from './lane-outbox';
import { StalePositionError } from './stale-position-error';

/** Whoever has the lane. */
export interface LaneOwner {
  readonly node: string;
  readonly prepare: boolean;
  readonly counters: LaneCounters;
  readonly habits: StatementHabits | undefined;
  now(): number;
  /** The read has to run again, here or elsewhere. */
  again(read: PendingRead): void;
  /** Answers have come: there may be room. */
  onAnswers(lane: Lane): void;
  onBroken(lane: Lane, error: Error): void;
}

/** How fast a new measurement replaces the old ones. */
const WEIGHT_OF_NEW = 0.1;
/** Answers that were quick so often in a row may share a Sync with others. */
const QUICK_MS = 5;

/** One pipelined connection. It knows how far it has proven the server's data to reach; that knowledge dies with it. */
export class Lane implements MessageHandler {
  /** In the order of the wire; answered ones at the front are taken off in whole segments. */
  readonly #sent: Exchange[] = [];
  /** The one that is being answered. */
  #cursor = 0;
  #reads = 0;
  #watermark: Lsn | undefined;
  #position: LanePosition | undefined;
  #headSinceMs = 0;
  /** The oldest statement was sent when nothing else was on the wire. */
  #isHeadFirst = true;
  /** It waits for the end of the event loop's turn. */
  #isHeadUnsent = false;
  #chunkAtMs = 0;
  #chunkSegments = 0;
  #usualMs = 0;
  #isStalled = false;
  #isCancelling = false;
  #isOver = false;
  #whenDrained: (() => void) | undefined;
  readonly #outbox: LaneOutbox;

  constructor(
    private readonly link: LaneLink,
    private readonly owner: LaneOwner,
  ) {
    this.#outbox = new LaneOutbox(link, this.#sent, owner, () => this.#onFlushed());
    const reader = new MessageReader(this);
    link.takeOver(
      (chunk) => this.#onChunk(reader, chunk),
      (error) => this.break(error),
    );
  }

  /** Reads without an answer, moved ones not counted. */
  get inFlight(): number {
    return this.#reads;
  }

  /** Nothing is on the wire. */
  get isIdle(): boolean {
    return this.#sent.length === 0;
  }

  /** Time for one statement, of late. */
  get usualMs(): number {
    return this.#usualMs;
  }

  /** Takes no reads until what it has is answered. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** The highest position that this very connection has reported. */
  get watermark(): Lsn | undefined {
    return this.#watermark;
  }

  /** For how long the oldest statement has been the one that the server works on. */
  headAgeMs(nowMs: number): number {
    return this.#sent.length === 0 || this.#isHeadUnsent ? 0 : nowMs - this.#headSinceMs;
  }

  send(read: PendingRead): void {
    const wasIdle = this.#sent.length === 0;
    this.#outbox.add(read, !this.#hasProven(read));
    this.#reads += 1;
    if (!wasIdle) return;
    this.link.ref();
    this.#isHeadFirst = true;
    this.#isHeadUnsent = true;
  }

  #onFlushed(): void {
    if (!this.#isHeadUnsent) return;
    this.#isHeadUnsent = false;
    this.#headSinceMs = this.owner.now();
  }

  /** For how long nothing has been on the wire. */
  idleForMs(nowMs: number): number {
    return this.#sent.length === 0 ? nowMs - this.#headSinceMs : 0;
  }

  /** The statement that everything waits for is slow: no more reads until what there is has been answered. */
  markStalled(): void {
    this.#isStalled = true;
  }

  /** Takes off what stands behind the oldest statement, to run elsewhere; not what was moved `maxMoves` times already. */
  takeBehind(maxMoves: number): PendingRead[] {
    const head = this.#sent.slice(0, this.#segmentEnd(0) + 1).filter(({ pending }) => pending !== undefined);
    const moved: PendingRead[] = [];
    for (const exchange of this.#unanswered()) {
      const { pending } = exchange;
      if (pending === undefined || exchange.isDropped || pending.moves >= maxMoves) continue;
      // Of several that share a Sync nobody can say which one is slow.
      if (head.includes(exchange)) {
        if (head.length === 1) continue;
        pending.isAlone = true;
      }
      exchange.isMoved = true;
      this.#reads -= 1;
      pending.moves += 1;
      moved.push(pending);
    }
    return moved;
  }

  /** The text that the server works on, if that can be told. */
  get headText(): string | undefined {
    return this.#sent.find(({ pending }) => pending !== undefined)?.pending?.text;
  }

  /** Whether nobody waits for anything that is on the wire. */
  get isAbandoned(): boolean {
    return this.#unanswered().every((exchange) => exchange.pending === undefined || exchange.isDropped);
  }

  /** Cancels on the server what it works on; to be called when nobody waits for anything: the next statement might be hit. */
  cancelHead(): void {
    if (this.#isCancelling || this.#sent.length === 0) return;
    // A late cancel would hit the next statement: the lane is not used again before it has been delivered.
    this.#isCancelling = true;
    this.#isStalled = true;
    void this.link.cancel().then(() => {
      this.#isCancelling = false;
      this.#settleIfDrained();
    });
  }

  /** The connection is of no use any more: what is in flight rejects with ConnectionLostError. */
  break(cause: Error): void {
    if (this.#isOver) return;
    this.destroy(cause);
    this.owner.onBroken(this, cause);
  }

  /** As `break`, but nobody is told beside those who wait. */
  destroy(cause: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.link.destroy();
    const error = new ConnectionLostError(this.owner.node, { cause });
    for (const exchange of this.#unanswered()) {
      if (!exchange.isMoved) exchange.pending?.reject(error);
    }
    this.#sent.length = 0;
    this.#reads = 0;
    this.#whenDrained?.();
  }

  /** Says goodbye when all is answered. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      const leave = () => {
        if (!this.#isOver) this.link.end();
        this.#isOver = true;
        resolve();
      };
      if (this.#sent.length === 0) leave();
      else this.#whenDrained = leave;
    });
  }

  // What the server says.

  #onChunk(reader: MessageReader, chunk: Buffer): void {
    const nowMs = this.owner.now();
    this.#chunkAtMs = nowMs;
    this.#chunkSegments = 0;
    try {
      reader.push(chunk);
    } catch (error) {
      this.break(error as Error);
      return;
    }
    if (this.#isOver || this.#chunkSegments === 0) return;
    const elapsedMs = (nowMs - this.#headSinceMs) / this.#chunkSegments;
    // After a pause it holds the way there and back as well: an upper bound, no more.
    if (!this.#isHeadFirst) this.#usualMs += (elapsedMs - this.#usualMs) * WEIGHT_OF_NEW;
    else if (elapsedMs < this.#usualMs) this.#usualMs = elapsedMs;
    this.#headSinceMs = nowMs;
    this.#isHeadFirst = false;
    this.#settleIfDrained();
    this.owner.onAnswers(this);
  }

  parseComplete(): void {
    const exchange = this.#current;
    if (exchange.isNamed && exchange.entry) this.#outbox.book.markPrepared(exchange.entry);
  }

  rowDescription(fields: FieldDef[]): void {
    const exchange = this.#current;
    const { pending, entry } = exchange;
    const shape = rowShape(fields, pending?.types ?? this.link.types);
    exchange.describe(shape);
    if (exchange.isNamed && entry && pending?.types === undefined && pending?.isBinary !== true) {
      entry.shape = shape;
    }
  }

  dataRow(buffer: Buffer, offset: number, columns: number, bytes: number): void {
    this.#current.row(buffer, offset, columns, bytes);
  }

  commandComplete(tag: string): void {
    const exchange = this.#current;
    exchange.complete(tag);
    if (!exchange.isSimple) this.#cursor += 1;
  }

  emptyQuery(): void {
    if (!this.#current.isSimple) this.#cursor += 1;
  }

  error(error: DatabaseError): void {
    if (this.#sent.length === 0 || isConnectionFailure(error)) {
      this.break(error);
      return;
    }
    const end = this.#segmentEnd(0);
    const failed = Math.min(this.#cursor, end);
    (this.#sent[failed] as Exchange).fail(error);
    // Those behind it were not executed. An error after the last, at the Sync, leaves in doubt whose it is.
    const from = this.#cursor > end ? 0 : failed + 1;
    for (let i = from; i <= end; i++) {
      const exchange = this.#sent[i] as Exchange;
      exchange.isSkipped = exchange.error === undefined || exchange !== this.#sent[failed] || end > 0;
    }
    this.#cursor = end + 1;
  }

  readyForQuery(): void {
    const end = this.#segmentEnd(0);
    const done = this.#sent.splice(0, end + 1);
    this.#cursor = 0;
    const serviceMs = this.#chunkSegments === 0 ? this.#chunkAtMs - this.#headSinceMs : 0;
    this.#chunkSegments += done.length;
    for (const exchange of done) {
      if (exchange.pending === undefined) this.#onPosition(exchange);
      else this.#onAnswer(exchange, exchange.pending, serviceMs);
    }
  }

  unexpected(code: number): void {
    this.break(new Error(`the server sent a message 0x${code.toString(16)}, which no read is answered with`));
  }

  // What follows from it.

  get #current(): Exchange {
    const exchange = this.#sent[this.#cursor];
    if (exchange === undefined) throw new Error('the server answered what was not asked');
    return exchange;
  }

  #hasProven({ atLeast }: PendingRead): boolean {
    return atLeast === undefined || (this.#watermark !== undefined && this.#watermark >= atLeast);
  }

  #onAnswer(exchange: Exchange, read: PendingRead, serviceMs: number): void {
    const { entry } = exchange;
    if (entry) {
      if (exchange.isNamed) this.#outbox.book.markUnprepared(entry);
      entry.isSingle ||= !exchange.isSimple || exchange.statements === 1;
      entry.quickRuns = serviceMs < QUICK_MS ? entry.quickRuns + 1 : 0;
    }
    if (exchange.isMoved) return;
    this.#reads -= 1;
    if (read.isSettled) return;
    if (exchange.isSkipped) {
      read.isAlone = true;
      this.owner.again(read);
      return;
    }
    this.owner.habits?.record(read.text, serviceMs, exchange.rows, exchange.bytes);
    if (exchange.error !== undefined) {
      if (entry && exchange.isNamed && !read.isPlain && isPlansFault(exchange.error)) {
        this.#outbox.forget(entry);
        read.isPlain = true;
        read.isAlone = true;
        this.owner.again(read);
      } else {
        this.owner.counters.reads += 1;
        read.reject(exchange.error);
      }
      return;
    }
    this.owner.counters.reads += 1;
    if (!this.#hasProven(read)) {
      read.reject(new StalePositionError(this.owner.node, read.atLeast, this.#position));
    } else if (read.wantsPosition) {
      exchange.isHeld = true;
      this.#reads += 1;
    } else {
      read.resolve({ result: exchange.result as AnyResult, position: undefined });
    }
  }

  #onPosition(exchange: Exchange): void {
    const { entry, waiters } = exchange;
    if (entry && exchange.isNamed) this.#outbox.book.markUnprepared(entry);
    const held = waiters?.filter(({ isHeld, isMoved }) => isHeld && !isMoved) ?? [];
    if (exchange.isSkipped) {
      if (held.length > 0) this.#outbox.ask(held);
      return;
    }
    const failed = exchange.error !== undefined;
    if (failed && entry && exchange.isNamed && isPlansFault(exchange.error)) this.#outbox.forget(entry);
    const rows = failed ? [] : (exchange.result as { rows: PositionRow[] }).rows;
    const position = positionFromRow(rows[0]);
    if (position) {
      this.#position = position;
      if (this.#watermark === undefined || position.lsn > this.#watermark) this.#watermark = position.lsn;
    }
    for (const waiter of held) {
      this.#reads -= 1;
      if (position) waiter.pending?.resolve({ result: waiter.result as AnyResult, position });
      else {
        waiter.pending?.reject(
          new StalePositionError(this.owner.node, undefined, undefined, { cause: exchange.error }),
        );
      }
    }
  }

  /** Everything that somebody may still wait for: on the wire, or answered but for its position. */
  #unanswered(): Exchange[] {
    const held = this.#sent.flatMap(({ waiters }) => waiters?.filter(({ isHeld }) => isHeld) ?? []);
    return [...held, ...this.#sent];
  }

  #segmentEnd(from: number): number {
    let end = from;
    while (end < this.#sent.length - 1 && !(this.#sent[end] as Exchange).endsSegment) end += 1;
    return end;
  }

  #settleIfDrained(): void {
    if (this.#sent.length > 0 || this.#isOver) return;
    this.link.unref();
    if (!this.#isCancelling) this.#isStalled = false;
    this.#whenDrained?.();
  }
}

/** What the server says when it cannot run a plan any more that it has kept. */
const CACHED_PLAN_CHANGED = '0A000';
const NO_SUCH_STATEMENT = '26000';
const STATEMENT_EXISTS = '42P05';

/** Not the statement's fault, but that of its being prepared: it runs if it is not. */
function isPlansFault(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === NO_SUCH_STATEMENT || state === STATEMENT_EXISTS) return true;
  // The same state says that a feature is missing; the message is translated, the routine is not.
  return state === CACHED_PLAN_CHANGED && (error as DatabaseError).routine === 'RevalidateCachedQuery';
}
