import type { Socket } from 'node:net';

/** What a link does to the bytes of one direction; all its connections share it. */
export interface LinkShape {
  latencyMs: number;
  bytesPerSecond: number | undefined;
  isCut: boolean;
  /**
   * When the link will have sent everything given to it so far: the rate applies to the link, not to a
   * connection.
   */
  busyUntilMs: number;
}

/** Above this the sender is paused; a real link also pushes back. */
const MAX_QUEUED_BYTES = 4 * 1024 * 1024;

/**
 * One direction of one connection: takes bytes from a socket and passes them to the other, late but in order.
 */
export class DelayLine {
  readonly #queue: { chunk: Buffer; dueMs: number }[] = [];
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
    private readonly shape: LinkShape,
  ) {
    to.on('drain', () => this.#throttle());
  }

  push(chunk: Buffer): void {
    const nowMs = performance.now();
    const { bytesPerSecond } = this.shape;
    if (bytesPerSecond !== undefined) {
      this.shape.busyUntilMs =
        Math.max(nowMs, this.shape.busyUntilMs) + (chunk.length * 1000) / bytesPerSecond;
    }
    const sentMs = bytesPerSecond === undefined ? nowMs : this.shape.busyUntilMs;
    this.#queue.push({ chunk, dueMs: sentMs + this.shape.latencyMs });
    this.#queuedBytes += chunk.length;
    this.flush();
  }

  /** Called when the sender has ended; ends the receiver once it has received everything. */
  end(): void {
    this.#ended = true;
    this.flush();
  }

  /** Delivers what is due and schedules the rest; call it again when the shape changes. */
  flush(): void {
    clearTimeout(this.#timer);
    if (this.shape.isCut) {
      this.#throttle();
      return;
    }
    let next = this.#queue[0];
    while (next !== undefined && next.dueMs <= performance.now()) {
      this.#queue.shift();
      this.#queuedBytes -= next.chunk.length;
      if (this.to.writable) this.to.write(next.chunk);
      next = this.#queue[0];
    }
    if (next !== undefined) {
      this.#timer = setTimeout(() => this.flush(), next.dueMs - performance.now());
      this.#timer.unref();
    } else if (this.#ended && this.to.writable) {
      this.to.end();
    }
    this.#throttle();
  }

  /** Pauses the sender while this side is full or the receiver cannot keep up. */
  #throttle(): void {
    if (this.#queuedBytes > MAX_QUEUED_BYTES || this.to.writableNeedDrain) this.from.pause();
    else if (this.from.isPaused()) this.from.resume();
  }

  drop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }
}
