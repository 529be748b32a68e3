import type { EventEmitter } from 'node:events';
import type { InUse } from '../in-use';

/**
 * Counts the unanswered statements of a client. Emits `drain` on the client, as node-postgres does, when all
 * are answered.
 */
export class UnderWay {
  readonly #client: EventEmitter;
  readonly #inUse: InUse;
  #count = 0;

  /** `inUse`: the statements that the pool waits for when it ends. */
  constructor(client: EventEmitter, inUse: InUse) {
    this.#client = client;
    this.#inUse = inUse;
  }

  enter(): void {
    this.#inUse.enter();
    this.#count += 1;
  }

  leave(): void {
    this.#inUse.leave();
    this.#count -= 1;
    if (this.#count > 0 || this.#client.listenerCount('drain') === 0) return;
    // After the callbacks of the answer, which may run further statements.
    setImmediate(() => {
      if (this.#count === 0) this.#client.emit('drain');
    });
  }
}
