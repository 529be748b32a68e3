import { type Clock, pause } from '../../../clock';
import type { LogPosition } from '../../../engine/position';
import { ConnectionLostError } from '../../../errors';
import { AnswerReader } from './answer-reader';
import type { Exchange } from './exchange';
import { type AnswersOwner, LaneAnswers } from './lane-answers';
import type { LaneLink } from './lane-link';
import { LaneOutbox } from './lane-outbox';
import { MessageReader } from '../../protocol/wire/message-reader';
import type { PendingRead } from './pending-read';
import { SentQueue } from './sent-queue';

/** Whoever has the lane. */
export interface LaneOwner extends AnswersOwner {
  readonly prepare: boolean;
  readonly clock: Clock;
  /** Answers have come: there may be room. */
  onAnswers(): void;
  onBroken(lane: Lane, error: Error): void;
}

/** How fast a new measurement replaces the old ones. */
const WEIGHT_OF_NEW = 0.1;
/** How long an answer may be on its way whose backend is idle again. */
const LAST_ANSWER_MS = 500;
/** What counts of one statement at most: a few slow ones must not make the next slow one look usual. */
const MAX_SAMPLE_MS = 50;

/** One pipelined connection: what is on it, and how it gets on. */
export class Lane {
  readonly #sent = new SentQueue();
  readonly #outbox: LaneOutbox;
  readonly #answers: LaneAnswers;
  #headSinceMs = 0;
  /** The oldest statement was sent when nothing else was on the wire. */
  #isHeadFirst = true;
  /** It waits for the end of the event loop's turn. */
  #isHeadUnsent = false;
  #chunkAtMs = 0;
  #chunkAnswers = 0;
  #usualMs = 0;
  #isStalled = false;
  #isCancelling = false;
  #isOver = false;
  #isDoubted = false;
  #seenAtWorkMs = Number.NEGATIVE_INFINITY;
  #whenDrained: (() => void) | undefined;

  constructor(
    private readonly link: LaneLink,
    private readonly owner: LaneOwner,
    /** The way to the server and back, about. */
    readonly roundTripMs: number,
  ) {
    this.#headSinceMs = owner.clock.now();
    this.#outbox = new LaneOutbox(link, this.#sent, owner, () => this.#onFlushed());
    this.#answers = new LaneAnswers(this.#sent, this.#outbox, owner);
    const answers = new AnswerReader(this.#sent, {
      onPrepared: (entry) => this.#outbox.book.markPrepared(entry),
      onSegment: (done) => this.#onSegment(done),
      onBroken: (error) => this.break(error),
    });
    const messages = new MessageReader(answers);
    link.takeOver(
      (chunk) => this.#onChunk(messages, chunk),
      (error) => this.break(error),
    );
  }

  /** Reads without an answer, moved ones not counted. */
  get inFlight(): number {
    return this.#sent.reads;
  }

  /** Nothing is on the wire. */
  get isIdle(): boolean {
    return this.#sent.isEmpty;
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
  get watermark(): LogPosition | undefined {
    return this.#answers.watermark;
  }

  /** For how long the oldest statement has been the one that the server works on. */
  headAgeMs(nowMs: number): number {
    return this.#sent.isEmpty || this.#isHeadUnsent ? 0 : nowMs - this.#headSinceMs;
  }

  /** For how long it has been so, without a sign that the server works on it. */
  silentForMs(nowMs: number): number {
    return Math.min(this.headAgeMs(nowMs), nowMs - this.#seenAtWorkMs);
  }

  /** For how long nothing has been on the wire. */
  idleForMs(nowMs: number): number {
    return this.#sent.isEmpty ? nowMs - this.#headSinceMs : 0;
  }

  /** What the server works on, if that can be told. */
  get head(): PendingRead | undefined {
    const [head, other] = this.#sent.headReads();
    return other === undefined ? head : undefined;
  }

  /** Statements on the wire, those whose callers have gone included. */
  get depth(): number {
    return this.#sent.size;
  }

  /** Whether nobody waits for anything that is on the wire. */
  get isAbandoned(): boolean {
    return this.#sent.unanswered().length === 0;
  }

  /** Throws what is wrong with the statement before anything is sent. */
  send(read: PendingRead): void {
    const wasIdle = this.#sent.isEmpty;
    this.#outbox.add(read, !this.#answers.hasProven(read));
    this.#sent.reads += 1;
    if (!wasIdle) return;
    this.link.ref();
    this.#isHeadFirst = true;
    this.#isHeadUnsent = true;
  }

  /** The statement that everything waits for is slow: no more reads until what there is has been answered. */
  markStalled(): void {
    this.#isStalled = true;
  }

  /** How often in a row the text was answered quickly on this lane. */
  quickRunsOf(text: string): number {
    return this.#outbox.book.quickRunsOf(text);
  }

  /** Takes off what stands behind the oldest statement, to run elsewhere, and `mayMove`. */
  takeBehind(mayMove: (read: PendingRead) => boolean): PendingRead[] {
    return this.#sent.takeBehind(mayMove);
  }

  /** Several statements are left on the wire: to be called when no caller waits for them. Cancelling the one is not enough to end the rest. */
  discard(): void {
    // First the socket: the server finds it closed when it says that the statement was cancelled, and ends.
    this.destroy(new Error('nobody waits for what is on it'));
    void this.link.cancel();
  }

  /** Cancels on the server what it works on; to be called when nobody waits for anything: the next statement might be hit. */
  cancelHead(): void {
    if (this.#isCancelling || this.#sent.isEmpty) return;
    // A late cancel would hit the next statement: the lane is not used again before it has been delivered.
    this.#isCancelling = true;
    this.#isStalled = true;
    void this.link.cancel().then(() => {
      this.#isCancelling = false;
      this.#settleIfDrained();
    });
  }

  /** Asks the server whether its backend works on the oldest statement, and breaks for `cause` if not. */
  async doubt(cause: Error): Promise<void> {
    if (this.#isDoubted) return;
    this.#isDoubted = true;
    const sinceMs = this.#headSinceMs;
    const liveness = await this.link.liveness();
    // The answer of one that is idle may just have been sent.
    if (liveness === 'idle') await pause(this.owner.clock, LAST_ANSWER_MS);
    this.#isDoubted = false;
    this.#seenAtWorkMs = this.owner.clock.now();
    if (liveness !== 'works' && this.#headSinceMs === sinceMs) this.break(cause);
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
    for (const { pending } of this.#sent.unanswered()) pending?.reject(error);
    this.#sent.clear();
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
      if (this.#sent.isEmpty) leave();
      else this.#whenDrained = leave;
    });
  }

  #onFlushed(): void {
    if (!this.#isHeadUnsent) return;
    this.#isHeadUnsent = false;
    this.#headSinceMs = this.owner.clock.now();
  }

  #onChunk(messages: MessageReader, chunk: Buffer): void {
    const nowMs = this.owner.clock.now();
    this.#chunkAtMs = nowMs;
    this.#chunkAnswers = 0;
    try {
      messages.push(chunk);
    } catch (error) {
      this.break(error as Error);
      return;
    }
    if (this.#isOver || this.#chunkAnswers === 0) return;
    const elapsedMs = Math.min((nowMs - this.#headSinceMs) / this.#chunkAnswers, MAX_SAMPLE_MS);
    // After a pause it holds the way there and back as well: an upper bound, no more.
    if (!this.#isHeadFirst) this.#usualMs += (elapsedMs - this.#usualMs) * WEIGHT_OF_NEW;
    else if (elapsedMs < this.#usualMs) this.#usualMs = elapsedMs;
    this.#headSinceMs = nowMs;
    this.#isHeadFirst = false;
    this.#settleIfDrained();
    this.owner.onAnswers();
  }

  #onSegment(done: Exchange[]): void {
    const serviceMs = this.#chunkAnswers === 0 ? this.#chunkAtMs - this.#headSinceMs : 0;
    this.#chunkAnswers += done.length;
    for (const exchange of done) this.#answers.settle(exchange, serviceMs);
  }

  #settleIfDrained(): void {
    if (!this.#sent.isEmpty || this.#isOver) return;
    this.link.unref();
    if (!this.#isCancelling) this.#isStalled = false;
    this.#whenDrained?.();
  }
}
