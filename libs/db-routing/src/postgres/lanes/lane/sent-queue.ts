import type { Exchange } from './exchange';
import type { PendingRead } from './pending-read';

/** What is on the wire of one lane, in its order. What shares a Sync is one segment: it is answered as a whole. */
export class SentQueue {
  readonly #sent: Exchange[] = [];
  /** The one that is being answered. */
  #cursor = 0;
  /** Reads without an answer, those that run on elsewhere not counted. */
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
    if (exchange === undefined) throw new Error('the server answered what was not asked');
    return exchange;
  }

  push(exchange: Exchange): void {
    this.#sent.push(exchange);
  }

  /** The current one is complete. */
  advance(): void {
    this.#cursor += 1;
  }

  /** The server has failed the current one; what stands behind it before the next Sync was not executed. */
  fail(error: Error): void {
    const end = this.#segmentEnd();
    const isAtSync = this.#cursor > end;
    for (let i = isAtSync ? 0 : this.#cursor; i <= end; i++) {
      const exchange = this.#sent[i] as Exchange;
      // An error at the Sync leaves in doubt whose it is, unless there is only one.
      if (i === this.#cursor || end === 0) exchange.fail(error);
      else exchange.isSkipped = true;
    }
    this.#cursor = end + 1;
  }

  /** The server is done with the oldest segment. */
  takeSegment(): Exchange[] {
    this.#cursor = 0;
    return this.#sent.splice(0, this.#segmentEnd() + 1);
  }

  /** Reads that the server may be working on: of several that share a Sync nobody can say which one it is. */
  headReads(): PendingRead[] {
    const segment = this.#sent.slice(0, this.#segmentEnd() + 1);
    return segment.flatMap(({ pending }) => pending ?? []);
  }

  /** Everything that somebody may still wait for: on the wire, or answered but for its position. */
  unanswered(): Exchange[] {
    const held = this.#sent.flatMap(({ waiters }) => waiters?.filter(({ isHeld }) => isHeld) ?? []);
    return [...held, ...this.#sent].filter(
      (exchange) => exchange.pending !== undefined && !exchange.isDropped,
    );
  }

  /** Takes off what stands behind the oldest statement, to run elsewhere, and `mayMove`. */
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
