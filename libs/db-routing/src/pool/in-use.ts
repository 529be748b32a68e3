/** What is under way, for those who wait for its end. */
export class InUse {
  #count = 0;
  #waiting: (() => void)[] = [];

  /** Something has begun; the function that it returns, called once, ends it. */
  enter(): () => void {
    this.#count += 1;
    return () => this.#leave();
  }

  /** Resolves when nothing is under way, or after `limitMs`. */
  async quiet(limitMs: number): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #leave(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const tell of this.#waiting.splice(0)) tell();
  }
}
