/** The names of things that are counted, with a common beginning: each text is built once. */
export class Names {
  readonly #known = new Map<string, string>();

  constructor(private readonly beginning: string) {}

  of(end: string): string {
    let name = this.#known.get(end);
    if (name === undefined) this.#known.set(end, (name = this.beginning + end));
    return name;
  }
}
