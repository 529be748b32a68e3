/** Who may use a connection now: everybody, or one alone, while the others wait. */
export class Turns {
  /** Set while somebody has it alone, with what waits behind. */
  #waiting: (() => void)[] | undefined;

  get isTaken(): boolean {
    return this.#waiting !== undefined;
  }

  /** Calls back at once, or when it is free again. */
  enqueue(start: () => void): void {
    if (this.#waiting) this.#waiting.push(start);
    else start();
  }

  /** From now on everybody else waits, until the function that it returns is called. To be called when it is not taken. */
  take(): () => void {
    const waiting: (() => void)[] = [];
    this.#waiting = waiting;
    return () => {
      this.#waiting = undefined;
      // One of them may take it again: then those behind it go on waiting.
      for (const start of waiting) this.enqueue(start);
    };
  }
}
