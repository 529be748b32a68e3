import type { Exchange } from './exchange';
import type { PendingRead } from './pending-read';

/**
 * The exchanges on the wire of one lane, in order. Those that share a Sync form a segment, which the server
 * answers as a whole.
 */
export class SentQueue {
  readonly #sent: Exchange[] = [];
  /** Index of the exchange that is being answered. */
  #cursor = 0;
  /** Number of reads without an answer, not counting moved ones. */
  reads = 0;

  get isEmpty(): boolean {
    return this.#sent.length === 0;
  }

  get size(): number {
    return this.#sent.length;
  }

  get last(): Exchange | undefined {
    return this.#sent.at(-1);
  }

  get current(): Exchange {
    const exchange = this.#sent[this.#cursor];
    if (exchange === undefined) throw new Error('the server sent an answer that no statement asked for');
    return exchange;
  }

  push(exchange: Exchange): void {
    this.#sent.push(exchange);
  }

  /** Moves on to the next exchange; the current one is complete. */
  advance(): void {
    this.#cursor += 1;
  }

  /** Fails the current exchange; the server skips everything after it up to the next Sync. */
  fail(error: Error): void {
    const end = this.#segmentEnd();
    const isAtSync = this.#cursor > end;
    for (let i = isAtSync ? 0 : this.#cursor; i <= end; i++) {
      const exchange = this.#sent[i] as Exchange;
      // An error at the Sync cannot be attributed, unless there is only one exchange.
      if (i === this.#cursor || end === 0) exchange.fail(error);
      else exchange.isSkipped = true;
    }
    this.#cursor = end + 1;
  }

  /** Removes the oldest segment, which the server has completed. */
  takeSegment(): Exchange[] {
    this.#cursor = 0;
    return this.#sent.splice(0, this.#segmentEnd() + 1);
  }

  /** The reads that the server may be working on: any of those that share the oldest Sync. */
  headReads(): PendingRead[] {
    const segment = this.#sent.slice(0, this.#segmentEnd() + 1);
    return segment.flatMap(({ pending }) => pending ?? []);
  }

  /** Exchanges that a caller may still wait for: on the wire, or complete except for the position. */
  unanswered(): Exchange[] {
    const held = this.#sent.flatMap(({ waiters }) => waiters?.filter(({ isHeld }) => isHeld) ?? []);
    return [...held, ...this.#sent].filter(
      (exchange) => exchange.pending !== undefined && !exchange.isDropped,
    );
  }

  /** Removes the reads behind the oldest statement that `mayMove`, to run elsewhere. */
  takeBehind(mayMove: (read: PendingRead) => boolean): PendingRead[] {
    const head = this.headReads();
    const moved: PendingRead[] = [];
    for (const exchange of this.unanswered()) {
      const read = exchange.pending as PendingRead;
      if (!mayMove(read)) continue;
      if (head.includes(read)) {
        if (head.length === 1) continue;
        read.isAlone = true;
      }
      exchange.isMoved = true;
      read.moves += 1;
      this.reads -= 1;
      moved.push(read);
    }
    return moved;
  }

  clear(): void {
    this.#sent.length = 0;
    this.#cursor = 0;
    this.reads = 0;
  }

  #segmentEnd(): number {
    let end = 0;
    while (end < this.#sent.length - 1 && !(this.#sent[end] as Exchange).endsSegment) end += 1;
    return end;
  }
}
