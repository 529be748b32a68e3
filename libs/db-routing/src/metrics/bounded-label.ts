const OTHER = 'other';

/** Keeps a label from having more values than a time series database can bear: what comes after the first `maxValues` is `other`. */
export class BoundedLabel {
  readonly #known = new Set<string>();

  constructor(private readonly maxValues: number) {}

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.maxValues) return OTHER;
    this.#known.add(value);
    return value;
  }
}
