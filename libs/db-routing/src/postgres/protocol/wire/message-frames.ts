import { RowBytes } from '../rows/row-bytes';

/** A message begins with its code and its length, which does not count the code. */
export const HEADER_BYTES = 5;

const NOTHING = Buffer.alloc(0);

/** Finds the messages in the bytes of one connection, wherever the network cuts them. */
export class MessageFrames {
  /** For the rows in the buffer of the current message. */
  readonly rows = new RowBytes();
  /** The beginning of a message whose end has not arrived. */
  #rest = NOTHING;
  /** How many bytes of #rest are filled. */
  #filled = 0;

  /** `onMessage`: the message is in the buffer from `at` until before `next`. */
  constructor(private readonly onMessage: (buffer: Buffer, at: number, next: number) => void) {}

  push(chunk: Buffer): void {
    let at = this.#filled === 0 ? 0 : this.#complete(chunk);
    this.rows.load(chunk, chunk.length);
    while (at + HEADER_BYTES <= chunk.length) {
      const next = at + messageBytes(chunk, at);
      if (next > chunk.length) break;
      this.onMessage(chunk, at, next);
      at = next;
    }
    if (at < chunk.length) this.#keep(chunk, at, chunk.length);
  }

  /** Adds what the kept message lacks. Returns where in the chunk the next message begins. */
  #complete(chunk: Buffer): number {
    let at = 0;
    if (this.#filled < HEADER_BYTES) at = this.#keep(chunk, 0, HEADER_BYTES - this.#filled);
    if (this.#filled < HEADER_BYTES) return at;
    const size = messageBytes(this.#rest, 0);
    at = this.#keep(chunk, at, at + size - this.#filled);
    if (this.#filled < size) return at;
    const message = this.#rest;
    // Not filled again: the receiver may hold a part of the message.
    this.#rest = NOTHING;
    this.#filled = 0;
    this.rows.load(message, size);
    this.onMessage(message, 0, size);
    return at;
  }

  /** Returns the end of what was kept. */
  #keep(chunk: Buffer, from: number, to: number): number {
    const end = Math.min(to, chunk.length);
    const needed = this.#filled + end - from;
    if (needed > this.#rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#rest.length));
      this.#rest.copy(larger, 0, 0, this.#filled);
      this.#rest = larger;
    }
    chunk.copy(this.#rest, this.#filled, from, end);
    this.#filled = needed;
    return end;
  }
}

function messageBytes(buffer: Buffer, at: number): number {
  const size = 1 + buffer.readInt32BE(at + 1);
  if (size < HEADER_BYTES) throw new Error(`the server sent a message of ${size} bytes`);
  return size;
}
