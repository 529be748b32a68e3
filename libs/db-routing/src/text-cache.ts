/**
 * A bounded map from text to value, in two generations: texts used since the last turn, and texts used in the
 * turn before. When the young generation is full it becomes the old one, and the unused texts of the former
 * old one are forgotten. This keeps texts in use as well as an LRU does, and a hit on a young text moves
 * nothing.
 */
export class TextCache<T> {
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #youngChars = 0;

  constructor(
    /** The most entries in both generations together. */
    private readonly maxEntries: number,
    /** The most characters of text in both generations together. */
    private readonly maxChars: number,
  ) {}

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(text: string): T | undefined {
    const value = this.#young.get(text);
    if (value !== undefined) return value;
    const older = this.#old.get(text);
    if (older !== undefined) {
      this.#old.delete(text);
      this.set(text, older);
    }
    return older;
  }

  /** Skips a text that would take up more than half of the characters. */
  set(text: string, value: T): void {
    if (text.length > this.maxChars / 2) return;
    if ((this.#young.size + 1) * 2 > this.maxEntries || (this.#youngChars + text.length) * 2 > this.maxChars)
      this.#turn();
    if (!this.#young.has(text)) this.#youngChars += text.length;
    this.#young.set(text, value);
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
    this.#youngChars = 0;
  }

  #turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngChars = 0;
  }
}
