/**
 * A bounded map from text to value. Two generations: what was asked for since the last turn, and what was asked for
 * in the turn before; a full young generation becomes the old one, whose unused entries are forgotten. As good as
 * an LRU at keeping what is in use, and a hit moves nothing.
 */
export class StatementCache<T> {
  private young = new Map<string, T>();
  private old = new Map<string, T>();
  private youngChars = 0;

  constructor(
    /** Both generations together never hold more entries. */
    private readonly maxEntries: number,
    /** Nor more characters of text. */
    private readonly maxChars: number,
  ) {}

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(text: string): T | undefined {
    const value = this.young.get(text);
    if (value !== undefined) return value;
    const older = this.old.get(text);
    if (older !== undefined) {
      this.old.delete(text);
      this.set(text, older);
    }
    return older;
  }

  /** A text too long for half of the room is not kept. */
  set(text: string, value: T): void {
    if (text.length > this.maxChars / 2) return;
    if ((this.young.size + 1) * 2 > this.maxEntries || (this.youngChars + text.length) * 2 > this.maxChars)
      this.turn();
    if (!this.young.has(text)) this.youngChars += text.length;
    this.young.set(text, value);
  }

  clear(): void {
    this.young = new Map();
    this.old = new Map();
    this.youngChars = 0;
  }

  private turn(): void {
    this.old = this.young;
    this.young = new Map();
    this.youngChars = 0;
  }
}
