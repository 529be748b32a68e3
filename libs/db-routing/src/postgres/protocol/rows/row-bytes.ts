/**
 * The most bytes that are converted to one string at once. A long value that a caller keeps is a slice of
 * that string, and keeps all of it in memory.
 */
const MAX_WINDOW_BYTES = 2048;
/** From this length on, one conversion costs less than a look at each byte. */
const LONG_BYTES = 64;
const NOT_ASCII = 0x80;

/**
 * The bytes that hold rows. Short values are cut out of a string of many of them, because converting each by
 * itself would cost more than everything else.
 */
export class RowBytes {
  bytes: Buffer = Buffer.alloc(0);
  #end = 0;
  #window = '';
  #from = 0;
  #to = 0;

  /** From now on, positions refer to this buffer, of which `end` bytes are filled. */
  load(bytes: Buffer, end: number): void {
    this.bytes = bytes;
    this.#end = end;
    this.#window = '';
    this.#from = 0;
    this.#to = 0;
  }

  /** A value in UTF-8. */
  text(at: number, length: number): string {
    const { bytes } = this;
    const end = at + length;
    if (length >= LONG_BYTES) return bytes.toString('utf8', at, end);
    let bits = 0;
    for (let i = at; i < end; i++) bits |= bytes[i] as number;
    return bits < NOT_ASCII ? this.ascii(at, length) : bytes.toString('utf8', at, end);
  }

  /** A value that is known to be ASCII. */
  ascii(at: number, length: number): string {
    const end = at + length;
    if (length >= MAX_WINDOW_BYTES) return this.bytes.toString('latin1', at, end);
    if (at < this.#from || end > this.#to) this.#open(at);
    const start = at - this.#from;
    return this.#window.substring(start, start + length);
  }

  /** A copy of a binary value: the socket's buffer is filled again. */
  copy(at: number, length: number): Buffer {
    return Buffer.from(this.bytes.subarray(at, at + length));
  }

  /** The string also holds the bytes behind the value, even those of other messages; callers cut it. */
  #open(at: number): void {
    this.#from = at;
    this.#to = Math.min(this.#end, at + MAX_WINDOW_BYTES);
    this.#window = this.bytes.toString('latin1', at, this.#to);
  }
}
