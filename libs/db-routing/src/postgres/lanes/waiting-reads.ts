import type { PendingRead } from './lane/pending-read';

/** Reads that found no room on any lane, in order of arrival. */
export class WaitingReads {
  #reads: PendingRead[] = [];

  get size(): number {
    return this.#reads.length;
  }

  push(read: PendingRead, sinceMs: number): void {
    read.waitingSinceMs = sinceMs;
    this.#reads.push(read);
  }

  /** Passes each read to `send`, in order, until `send` returns false. */
  admit(send: (read: PendingRead) => boolean): void {
    let read: PendingRead | undefined;
    while ((read = this.#reads[0]) !== undefined) {
      if (!read.isSettled && !send(read)) return;
      this.#reads.shift();
    }
  }

  /** Removes the reads that have waited since `sinceMs` or longer, and passes them to `end`. */
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
