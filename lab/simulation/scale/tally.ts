/** What happened in one span of virtual time. */
export interface Span {
  requests: number;
  /** Statements that were sent to a node: first attempts and retries. */
  attempts: number;
  failed: number;
}

/** Counts requests and what they became on the nodes. */
export class Tally {
  /** By second of virtual time. */
  readonly seconds: Span[] = [];
  /** Reads that each node was sent, until the counts are taken. */
  #reads = new Map<string, number>();

  constructor(private readonly now: () => number) {}

  request(): void {
    this.#second.requests += 1;
  }

  attempt(node: string, isRead: boolean): void {
    this.#second.attempts += 1;
    if (isRead) this.#reads.set(node, (this.#reads.get(node) ?? 0) + 1);
  }

  failure(): void {
    this.#second.failed += 1;
  }

  /** The reads of each node since the last call. */
  takeReads(): ReadonlyMap<string, number> {
    const taken = this.#reads;
    this.#reads = new Map();
    return taken;
  }

  /** The sum of the seconds from one to before the other. */
  between(from: number, until: number): Span {
    const sum: Span = { requests: 0, attempts: 0, failed: 0 };
    for (const span of this.seconds.slice(from, until)) {
      sum.requests += span.requests;
      sum.attempts += span.attempts;
      sum.failed += span.failed;
    }
    return sum;
  }

  get #second(): Span {
    const at = Math.floor(this.now() / 1_000);
    while (this.seconds.length <= at) this.seconds.push({ requests: 0, attempts: 0, failed: 0 });
    return this.seconds[at] as Span;
  }
}
