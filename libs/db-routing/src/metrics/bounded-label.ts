const OTHER = 'other';

/**
 * Limits a label to a number of values that a time series database can bear: after the first `maxValues`,
 * further values become `other`.
 */
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
