import { AsyncResource } from 'node:async_hooks';

/** Starts one thing after the other, in the order in which they are given. */
export class InOrder {
  readonly #waiting: (() => void)[] = [];
  #isHeldUp = false;

  /** Calls `start` when its turn has come, which is at once while nothing holds it up. What `start` returns holds up the next. */
  give(start: () => Promise<unknown> | undefined): void {
    if (this.#isHeldUp) this.#waiting.push(AsyncResource.bind(() => this.#start(start)));
    else this.#start(start);
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
    // It may hold up those behind it.
    if (this.#mayGoOn()) this.#goOn();
  }

  /** Behind a method, because what has started may have changed it. */
  #mayGoOn(): boolean {
    return !this.#isHeldUp;
  }
}
