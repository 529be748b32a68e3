import { asyncContext } from '../../../async-context';

/** Starts tasks one after the other, in the order in which they are given. */
export class InOrder {
  readonly #waiting: (() => void)[] = [];
  #isHeldUp = false;

  /**
   * Calls `start` in its turn: at once unless an earlier task holds it up. The promise of a task holds up the
   * next one.
   */
  give(start: () => Promise<unknown> | undefined): void {
    if (this.#isHeldUp) {
      const inContext = asyncContext();
      this.#waiting.push(() => inContext(() => this.#start(start)));
    } else this.#start(start);
  }

  #start(start: () => Promise<unknown> | undefined): void {
    const over = start();
    if (!over) return;
    this.#isHeldUp = true;
    const goOn = () => this.#goOn();
    over.then(goOn, goOn);
  }

  #goOn(): void {
    this.#isHeldUp = false;
    const next = this.#waiting.shift();
    if (!next) return;
    next();
    // The next task may itself hold up those behind it.
    if (this.#mayGoOn()) this.#goOn();
  }

  /** A method, because TypeScript would narrow the field across a call that may change it. */
  #mayGoOn(): boolean {
    return !this.#isHeldUp;
  }
}
