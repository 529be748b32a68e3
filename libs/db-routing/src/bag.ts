/** What may be in a bag. */
export interface Bagged {
  /** Its place in the bag; the bag sets it. */
  at: number;
}

/**
 * Things that come and go, in no order. A `Set` in which entries come and go makes a new table every few of
 * them. Each old table refers to the next one, and to entries of its time: once one of them is in the old
 * generation, all later ones survive until the next full collection, with everything that they refer to.
 */
export class Bag<T extends Bagged> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    item.at = this.#items.push(item) - 1;
  }

  /** Returns whether it was there. */
  delete(item: T): boolean {
    const { at } = item;
    if (this.#items[at] !== item) return false;
    const last = this.#items.pop() as T;
    if (last !== item) {
      this.#items[at] = last;
      last.at = at;
    }
    return true;
  }

  /** Those that are there now. */
  get all(): readonly T[] {
    return [...this.#items];
  }
}
