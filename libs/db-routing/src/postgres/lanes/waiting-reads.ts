import type { PendingRead } from './lane/pending-read';

/** Reads that found no room, first come, first served. */
export class WaitingReads {
  #reads: PendingRead[] = [];

  get size(): number {
    return this.#reads.length;
  }

  push(read: PendingRead, sinceMs: number): void {
    read.waitingSinceMs = sinceMs;
    this.#reads.push(read);
  }

  /** Gives each to `send` in turn, until that returns false. */
  admit(send: (read: PendingRead) => boolean): void {
    let read: PendingRead | undefined;
    while ((read = this.#reads[0]) !== undefined) {
      if (!read.isSettled && !send(read)) return;
      this.#reads.shift();
    }
  }

  /** Takes off those that have waited since then or longer, and gives them to `end`. */
  expire(sinceMs: number, end: (read: PendingRead) => void): void {
    let read: PendingRead | undefined;
    while ((read = this.#reads[0]) !== undefined) {
      if (!read.isSettled && read.waitingSinceMs > sinceMs) return;
      this.#reads.shift();
      end(read);
    }
  }

  rejectAll(explain: () => Error): void {
    const reads = this.#reads;
    this.#reads = [];
    for (const read of reads) read.reject(explain());
  }
}
