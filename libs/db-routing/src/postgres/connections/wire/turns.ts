/** Lets all statements use a connection at once, or one user alone while the others wait. */
export class Turns {
  /** Undefined while no user has the connection alone. */
  #waiting: (() => void)[] | undefined;

  get isTaken(): boolean {
    return this.#waiting !== undefined;
  }

  /** Whether others wait for the user that has the connection alone. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined && this.#waiting.length > 0;
  }

  /** Calls `start` at once, or when the connection is free again. */
  enqueue(start: () => void): void {
    if (this.#waiting) this.#waiting.push(start);
    else start();
  }

  /** Makes all others wait until the returned function is called. Only for a connection that is not taken. */
  take(): () => void {
    const waiting: (() => void)[] = [];
    this.#waiting = waiting;
    return () => {
      this.#waiting = undefined;
      // One of them may take the connection again: those behind it then keep waiting.
      for (const start of waiting) this.enqueue(start);
    };
  }
}
