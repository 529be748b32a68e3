import { ConnectionLostError } from '../../errors';

/** The loss of a connection that a borrower has: its cause, and the callbacks that wait for it. */
export class ConnectionLoss {
  #cause: Error | undefined;
  #callbacks: ((error: ConnectionLostError) => void)[] = [];

  constructor(private readonly nodeName: string) {}

  /** Undefined while the connection is not lost. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** The error for statements whose answers are lost. */
  get error(): ConnectionLostError {
    return new ConnectionLostError(this.nodeName, { cause: this.#cause });
  }

  /** Keeps the first cause. */
  record(cause: Error): void {
    this.#cause ??= cause;
  }

  /** See NodeConnection.onceLost. */
  onceLost(callback: (error: ConnectionLostError) => void): void {
    this.#callbacks.push(callback);
    if (this.#cause) this.tell();
  }

  tell(): void {
    for (const callback of this.#callbacks.splice(0)) callback(this.error);
  }
}
