/** Frontend messages (PostgreSQL manual, "Message Formats"). */
const BIND = 0x42;
const CLOSE = 0x43;
const DESCRIBE = 0x44;
const EXECUTE = 0x45;
const PARSE = 0x50;
const QUERY = 0x51;
const SYNC = 0x53;
const STATEMENT = 0x53;
const PORTAL = 0x50;

const CHUNK_BYTES = 16 * 1024;
/** The most bytes that UTF-8 takes for one UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

/** What `Bind` carries: text, bytes or NULL. */
export type WireValue = string | Buffer | null;

/**
 * Collects messages, so that each turn of the event loop needs one write. Never overwrites bytes that `take`
 * has returned: the socket may still hold them.
 */
export class MessageWriter {
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #start = 0;
  #end = 0;

  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** The messages since the last call. */
  take(): Buffer {
    const taken = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return taken;
  }

  query(text: string): void {
    const at = this.#open(QUERY, text.length * BYTES_PER_UNIT + 1);
    this.#cString(text);
    this.#close(at);
  }

  parse(name: string, text: string): void {
    const at = this.#open(PARSE, (name.length + text.length) * BYTES_PER_UNIT + 4);
    this.#cString(name);
    this.#cString(text);
    this.#int16(0);
    this.#close(at);
  }

  bind(name: string, values: readonly WireValue[], isBinaryResult: boolean): void {
    let size = name.length * BYTES_PER_UNIT + 10;
    for (const value of values) {
      if (value === null) size += 6;
      else size += 6 + (typeof value === 'string' ? value.length * BYTES_PER_UNIT : value.length);
    }
    const at = this.#open(BIND, size);
    this.#byte(0);
    this.#cString(name);
    this.#int16(values.length);
    for (const value of values) this.#int16(value !== null && typeof value !== 'string' ? 1 : 0);
    this.#int16(values.length);
    for (const value of values) this.#value(value);
    this.#int16(1);
    this.#int16(isBinaryResult ? 1 : 0);
    this.#close(at);
  }

  describePortal(): void {
    const at = this.#open(DESCRIBE, 2);
    this.#byte(PORTAL);
    this.#byte(0);
    this.#close(at);
  }

  execute(): void {
    const at = this.#open(EXECUTE, 5);
    this.#byte(0);
    this.#int32(0);
    this.#close(at);
  }

  closeStatement(name: string): void {
    const at = this.#open(CLOSE, name.length * BYTES_PER_UNIT + 2);
    this.#byte(STATEMENT);
    this.#cString(name);
    this.#close(at);
  }

  sync(): void {
    this.#close(this.#open(SYNC, 0));
  }

  /** Makes room for a message of at most `size` bytes after its header. Returns the offset of its length. */
  #open(code: number, size: number): number {
    this.#ensure(size + 5);
    this.#byte(code);
    const at = this.#end;
    this.#end += 4;
    return at;
  }

  /** Writes the length of a message, which includes the length itself. */
  #close(at: number): void {
    const end = this.#end;
    this.#end = at;
    this.#int32(end - at);
    this.#end = end;
  }

  #ensure(size: number): void {
    if (this.#end + size <= this.#buffer.length) return;
    const pending = this.#end - this.#start;
    const next = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, 2 * pending + size));
    this.#buffer.copy(next, 0, this.#start, this.#end);
    this.#buffer = next;
    this.#start = 0;
    this.#end = pending;
  }

  #value(value: WireValue): void {
    if (value === null) {
      this.#int32(-1);
      return;
    }
    const at = this.#end;
    this.#end += 4;
    this.#end +=
      typeof value === 'string' ? this.#buffer.write(value, this.#end) : value.copy(this.#buffer, this.#end);
    this.#lengthAt(at);
  }

  /** Writes the length of a value, which does not include the length itself. */
  #lengthAt(at: number): void {
    const end = this.#end;
    this.#end = at;
    this.#int32(end - at - 4);
    this.#end = end;
  }

  #cString(text: string): void {
    this.#end += this.#buffer.write(text, this.#end);
    this.#byte(0);
  }

  #byte(value: number): void {
    this.#buffer[this.#end++] = value;
  }

  #int16(value: number): void {
    this.#buffer[this.#end++] = value >>> 8;
    this.#buffer[this.#end++] = value;
  }

  #int32(value: number): void {
    this.#buffer[this.#end++] = value >>> 24;
    this.#buffer[this.#end++] = value >>> 16;
    this.#buffer[this.#end++] = value >>> 8;
    this.#buffer[this.#end++] = value;
  }
}
