import type { PendingRead } from './pending-read';

/** Reads that found no room, first come, first served. All wait for the same time, so their deadlines are in order too. */
export class WaitingReads {
  #reads: PendingRead[] = [];

  get size(): number {
    return this.#reads.length;
  }

  push(read: PendingRead, untilMs: number): void {
    read.waitUntilMs = untilMs;
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

  /** Rejects those that have waited in vain. */
  expire(nowMs: number, explain: () => Error): void {
    let read: PendingRead | undefined;
    while ((read = this.#reads[0]) !== undefined) {
      if (!read.isSettled && read.waitUntilMs > nowMs) return;
      this.#reads.shift();
      read.reject(explain());
    }
  }

  rejectAll(explain: () => Error): void {
    const reads = this.#reads;
    this.#reads = [];
    for (const read of reads) read.reject(explain());
  }
}
