import type { Clock } from '../../clock';

/** What is under way, for those who wait for its end. */
export class InUse {
  #count = 0;
  #waiting: (() => void)[] = [];

  constructor(private readonly clock: Clock) {}

  /** Something has begun; leave() ends it. */
  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count > 0) return;
    for (const tell of this.#waiting.splice(0)) tell();
  }

  /** Resolves when nothing is under way, or after `limitMs`. */
  async quiet(limitMs: number): Promise<void> {
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(limitMs, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
