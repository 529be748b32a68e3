import { sqlStateMeans, sqlStateOf } from '../../sqlstates';
import type { AnyResult } from '../../protocol/query-types';
import type { Exchange } from './exchange';
import type { LaneOutbox } from './lane-outbox';
import type { LaneCounters } from '../lane-read';
import type { PendingRead } from './pending-read';
import type { LogPosition, ServerPosition } from '../../../engine/position';
import { positionIn } from '../../position/position-query';
import type { SentQueue } from './sent-queue';
import { StalePositionError } from '../../../engine/stale-position-error';
import type { HeavyStatements } from '../heavy-statements';

/**
 * An answer within this time, in milliseconds, is quick. A statement with enough consecutive quick answers
 * may share a Sync.
 */
const QUICK_MS = 5;

export interface AnswersOwner {
  readonly node: string;
  readonly counters: LaneCounters;
  readonly habits: HeavyStatements | undefined;
  /** Called when the read must run again, on this lane or elsewhere. */
  again(read: PendingRead): void;
}

/**
 * Delivers answers to their callers, or decides that a read must run again. Keeps what the connection has
 * proven about the server's position, which is lost with the connection.
 */
export class LaneAnswers {
  #watermark: LogPosition | undefined;
  #position: ServerPosition | undefined;

  constructor(
    private readonly sent: SentQueue,
    private readonly outbox: LaneOutbox,
    private readonly owner: AnswersOwner,
  ) {}

  /** The highest position that this connection has reported. */
  get watermark(): LogPosition | undefined {
    return this.#watermark;
  }

  hasProven({ atLeast }: PendingRead): boolean {
    return atLeast === undefined || this.#watermark?.has(atLeast) === true;
  }

  /** Whether the position must be asked for before this read. */
  needsProof(read: PendingRead): boolean {
    return (
      !this.hasProven(read) ||
      // A replica may have been promoted since it was asked.
      (read.wantsPrimary && this.#position?.isReplica !== false) ||
      (read.wantsServer && this.#position === undefined)
    );
  }

  /** Handles a completed exchange; `serviceMs`: how long the server took. */
  settle(exchange: Exchange, serviceMs: number): void {
    const { entry, pending } = exchange;
    if (entry) {
      if (exchange.isNamed) this.outbox.book.markUnprepared(entry);
      if (exchange.statements === 1) entry.isSingle = true;
      entry.quickRuns = serviceMs < QUICK_MS ? entry.quickRuns + 1 : 0;
    }
    if (pending === undefined) this.#settlePosition(exchange);
    else if (!exchange.isMoved) this.#settleRead(exchange, pending, serviceMs);
  }

  #settleRead(exchange: Exchange, read: PendingRead, serviceMs: number): void {
    this.sent.reads -= 1;
    if (read.isSettled) return;
    if (exchange.isSkipped) {
      read.isAlone = true;
      this.owner.again(read);
      return;
    }
    const { error, entry } = exchange;
    if (entry && error && isInDoubt(exchange, error)) {
      read.kept = { error, forget: () => this.outbox.forget(entry) };
      read.isAlone = true;
      this.owner.again(read);
      return;
    }
    // The same error again means that the values are wrong, not the kept statement.
    if (read.kept && sqlStateOf(read.kept.error) !== sqlStateOf(error)) read.kept.forget();
    this.owner.counters.reads += 1;
    this.owner.habits?.record(read.text, serviceMs, exchange.rows, exchange.bytes, read.isKnownSlow);
    // Checked before the error: a lagging server may not even know the table.
    if (!this.hasProven(read)) {
      read.reject(new StalePositionError(this.owner.node, read.atLeast, this.#position));
    } else if (exchange.error !== undefined) {
      read.reject(exchange.error);
    } else if (read.wantsPosition) {
      exchange.isHeld = true;
      this.sent.reads += 1;
    } else {
      const wantsProof = read.atLeast !== undefined || read.wantsPrimary || read.wantsServer;
      const proof = wantsProof ? this.#position : undefined;
      read.resolve({ result: exchange.result as AnyResult, position: proof });
    }
  }

  #settlePosition(exchange: Exchange): void {
    const held = exchange.waiters?.filter(({ isHeld, isMoved }) => isHeld && !isMoved) ?? [];
    if (exchange.isSkipped) {
      if (held.length > 0) this.outbox.ask(held);
      return;
    }
    const { entry, error } = exchange;
    if (entry && error && isInDoubt(exchange, error)) this.outbox.forget(entry);
    const position = exchange.error === undefined ? positionIn(exchange.result as AnyResult) : undefined;
    if (position) this.#learn(position);
    for (const { pending, result } of held) {
      this.sent.reads -= 1;
      if (position) pending?.resolve({ result: result as AnyResult, position });
      else pending?.reject(this.#unproven(exchange.error));
    }
  }

  #learn(position: ServerPosition): void {
    this.#position = position;
    if (!this.#watermark?.has(position.log)) this.#watermark = position.log;
  }

  #unproven(cause: Error | undefined): StalePositionError {
    return new StalePositionError(this.owner.node, undefined, undefined, { cause });
  }
}

/**
 * Whether an outdated kept statement may have caused the error: nothing was executed, and running the
 * statement without its name tells.
 */
function isInDoubt({ isKept, isBound }: Exchange, error: Error): boolean {
  return isKept && !isBound && !sqlStateMeans(error, 'momentary');
}
