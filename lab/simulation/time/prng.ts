/** Names with weights, prepared for many choices. */
export class Choice<T extends string> {
  readonly names: readonly T[];
  /** The sum of the weights up to each name. */
  readonly upTo: readonly number[];

  constructor(weights: Readonly<Partial<Record<T, number>>>) {
    this.names = Object.keys(weights) as T[];
    let sum = 0;
    this.upTo = this.names.map((name) => (sum += weights[name] ?? 0));
  }
}

/**
 * A stream of random numbers: sfc32 (Chris Doty-Humphrey, PractRand). Each purpose has a stream of its own,
 * derived from the seed and the purpose's name, so that drawing more for one purpose changes no other.
 */
export class Prng {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(
    private readonly seed: number,
    private readonly purpose: string,
  ) {
    this.#a = mix(seed, purpose, 0x9e3779b9);
    this.#b = mix(seed, purpose, 0x243f6a88);
    this.#c = mix(seed, purpose, 0xb7e15162);
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** Another stream of the same seed. */
  stream(purpose: string): Prng {
    return new Prng(this.seed, `${this.purpose}/${purpose}`);
  }

  /** A number in [0, 1). */
  readonly random = (): number => this.#next() / 0x1_0000_0000;

  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** How long until the next of many events, which happen once in `mean` on average. */
  exponential(mean: number): number {
    return -Math.log(1 - this.random()) * mean;
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.random() * items.length)] as T;
  }

  /** Picks a name by its weight. */
  weighted<T extends string>(weights: Readonly<Partial<Record<T, number>>>): T {
    return this.choose(new Choice(weights));
  }

  choose<T extends string>({ names, upTo }: Choice<T>): T {
    const at = this.random() * (upTo.at(-1) ?? 0);
    for (let index = 0; index < names.length; index++) {
      if (at < (upTo[index] as number)) return names[index] as T;
    }
    return names[0] as T;
  }

  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a over the purpose, mixed with the seed (the finaliser of MurmurHash3). */
function mix(seed: number, purpose: string, salt: number): number {
  let hash = (0x811c9dc5 ^ salt ^ seed) | 0;
  for (let index = 0; index < purpose.length; index++) {
    hash = Math.imul(hash ^ purpose.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
