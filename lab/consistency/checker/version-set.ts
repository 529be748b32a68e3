/** Versions of keys, each with its writers: two timelines may have the same version by different ones. */
export class VersionSet {
  readonly #keys = new Map<string, Map<number, (string | undefined)[]>>();

  get size(): number {
    return this.#keys.size;
  }

  add(key: string, version: number, writer: string | undefined): void {
    const versions = this.#keys.get(key) ?? new Map<number, (string | undefined)[]>();
    this.#keys.set(key, versions);
    const writers = versions.get(version);
    if (writers) writers.push(writer);
    else versions.set(version, [writer]);
  }

  has(key: string, version: number): boolean {
    return this.#keys.get(key)?.has(version) === true;
  }

  hasBy(key: string, version: number, writer: string | undefined): boolean {
    return this.#keys.get(key)?.get(version)?.includes(writer) === true;
  }
}
