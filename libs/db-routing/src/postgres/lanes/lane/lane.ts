import type { Clock } from '../../../clock';
import { ConnectionLostError } from '../../../errors';
import { AnswerReader } from './answer-reader';
import type { Exchange } from './exchange';
import { type AnswersOwner, LaneAnswers } from './lane-answers';
import { LaneDoubt } from './lane-doubt';
import type { LaneLink } from './lane-link';
import { LaneOutbox } from './lane-outbox';
import { MessageReader } from '../../protocol/wire/message-reader';
import type { PendingRead } from './pending-read';
import { SentQueue } from './sent-queue';

/** Places reads on the lane, and learns what becomes of it. */
export interface LaneOwner extends AnswersOwner {
  readonly prepare: boolean;
  readonly clock: Clock;
  /** Called after answers, when there may be room for waiting reads. */
  admit(): void;
  onBroken(lane: Lane, error: Error): void;
}

/** Weight of a new measurement in the moving average. */
const WEIGHT_OF_NEW = 0.1;
/** The most that one statement counts for, so that a few slow ones do not make the next one look usual. */
const MAX_SAMPLE_MS = 50;

/** One pipelined connection: the reads on it, and their progress. */
export class Lane {
  readonly #sent = new SentQueue();
  readonly #outbox: LaneOutbox;
  readonly #answers: LaneAnswers;
  readonly #doubt: LaneDoubt;
  #headSinceMs = 0;
  /** The oldest statement was sent while nothing else was on the wire. */
  #isHeadFirst = true;
  /** The oldest statement is written, and is sent at the end of this turn of the event loop. */
  #isHeadUnsent = false;
  #chunkAtMs = 0;
  #chunkAnswers = 0;
  #usualMs = 0;
  #isStalled = false;
  #isCancelling = false;
  #isOver = false;
  #whenDrained: (() => void) | undefined;

  constructor(
    private readonly link: LaneLink,
    private readonly owner: LaneOwner,
    /** Approximate round trip to the server, in milliseconds. */
    readonly roundTripMs: number,
  ) {
    this.#headSinceMs = owner.clock.now();
    this.#outbox = new LaneOutbox(link, this.#sent, owner, () => this.#onFlushed());
    this.#doubt = new LaneDoubt(link, owner.clock);
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

  /** Number of reads without an answer, not counting moved ones. */
  get inFlight(): number {
    return this.#sent.reads;
  }

  /** Whether nothing is on the wire. */
  get isIdle(): boolean {
    return this.#sent.isEmpty;
  }

  /** Recent average time per statement, in milliseconds. */
  get usualMs(): number {
    return this.#usualMs;
  }

  /** Whether the lane takes no reads until everything on it is answered. */
  get isStalled(): boolean {
    return this.#isStalled;
  }

  /** How long the server has worked on the oldest statement, in milliseconds. */
  headAgeMs(nowMs: number): number {
    return this.#sent.isEmpty || this.#isHeadUnsent ? 0 : nowMs - this.#headSinceMs;
  }

  /** The same, without a sign that the server is still working on it. */
  silentForMs(nowMs: number): number {
    return Math.min(this.headAgeMs(nowMs), nowMs - this.#doubt.checkedAtMs);
  }

  /** How long nothing has been on the wire, in milliseconds. */
  idleForMs(nowMs: number): number {
    return this.#sent.isEmpty ? nowMs - this.#headSinceMs : 0;
  }

  /** The read that the server is working on, if it can be only one. */
  get head(): PendingRead | undefined {
    const [head, other] = this.#sent.headReads();
    return other === undefined ? head : undefined;
  }

  /** Number of statements on the wire, with or without a waiting caller. */
  get depth(): number {
    return this.#sent.size;
  }

  /** Whether no caller waits for anything on the wire. */
  get isAbandoned(): boolean {
    return this.#sent.unanswered().length === 0;
  }

  /** Sends a read with this turn's others. Throws before anything is sent when the statement is invalid. */
  send(read: PendingRead): void {
    const wasIdle = this.#sent.isEmpty;
    this.#outbox.add(read, this.#answers.needsProof(read));
    this.#sent.reads += 1;
    if (!wasIdle) return;
    this.link.ref();
    this.#isHeadFirst = true;
    this.#isHeadUnsent = true;
  }

  /** Stops the lane from taking reads until everything on it is answered. */
  markStalled(): void {
    this.#isStalled = true;
  }

  /** Number of consecutive quick answers to the text on this lane. */
  quickRunsOf(text: string): number {
    return this.#outbox.book.quickRunsOf(text);
  }

  /** Removes the reads behind the oldest statement that `mayMove`, to run elsewhere. */
  takeBehind(mayMove: (read: PendingRead) => boolean): PendingRead[] {
    return this.#sent.takeBehind(mayMove);
  }

  /** Ends a lane that no caller waits for, whose several statements one cancel request would not end. */
  discard(): void {
    // Close the socket first: the server notices when it reports the cancelled statement, and ends.
    this.destroy(new Error('no caller waits for the statements on the lane'));
    void this.link.cancel();
  }

  /** Cancels the running statement, or the next one: call this only when no caller waits for the lane. */
  cancelHead(): void {
    if (this.#isCancelling || this.#sent.isEmpty) return;
    // A late cancel may hit the next statement, so the lane takes no reads until it was delivered.
    this.#isCancelling = true;
    this.#isStalled = true;
    void this.link.cancel().then(() => {
      this.#isCancelling = false;
      this.#settleIfDrained();
    });
  }

  /** Asks whether the backend works on the oldest statement, and breaks the lane for `cause` if not. */
  async doubt(cause: Error): Promise<void> {
    if (this.#doubt.isAsking) return;
    const sinceMs = this.#headSinceMs;
    const isAtWork = await this.#doubt.isAtWork();
    if (!isAtWork && this.#headSinceMs === sinceMs) this.break(cause);
  }

  /** Gives up the connection, rejects its reads with ConnectionLostError, and tells the owner. */
  break(cause: Error): void {
    if (this.#isOver) return;
    this.destroy(cause);
    this.owner.onBroken(this, cause);
  }

  /** As break(), without telling the owner. */
  destroy(cause: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.link.destroy();
    const error = new ConnectionLostError(this.owner.node, { cause });
    for (const { pending } of this.#sent.unanswered()) pending?.reject(error);
    this.#sent.clear();
    this.#whenDrained?.();
  }

  /** Closes the connection when everything is answered, and resolves then. */
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
    // After a pause, the time includes the round trip, so it is only an upper bound.
    if (!this.#isHeadFirst) this.#usualMs += (elapsedMs - this.#usualMs) * WEIGHT_OF_NEW;
    else if (elapsedMs < this.#usualMs) this.#usualMs = elapsedMs;
    this.#headSinceMs = nowMs;
    this.#isHeadFirst = false;
    this.#settleIfDrained();
    this.owner.admit();
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
