import type { Prng } from '../time/prng';
import type { Scheduler } from '../time/scheduler';

/** Rates of a quiet network. */
export interface NetworkTemper {
  readonly latencyMs: number;
  readonly jitterMs: number;
  /** The share of packets that are lost and sent again. */
  readonly loss: number;
}

/** How long TCP waits before it sends a packet again, at least. */
const RETRANSMIT_MS = 200;

/** One direction of the way between two processes. */
class Link {
  cutUntilMs = -Infinity;
  slowUntilMs = -Infinity;
  slowFactor = 1;
  /** Drawn with the first packet. */
  #latencyMs: number | undefined;

  constructor(
    private readonly scheduler: Scheduler,
    private readonly prng: Prng,
    private readonly temper: NetworkTemper,
  ) {}

  /** Nothing gets through. */
  get isCut(): boolean {
    return this.cutUntilMs > this.scheduler.nowMs;
  }

  /** When a packet that is sent now arrives. */
  arrivalMs(): number {
    const { prng, temper, cutUntilMs } = this;
    const { nowMs } = this.scheduler;
    this.#latencyMs ??= temper.latencyMs * prng.between(0.3, 1.7);
    let delayMs = this.#latencyMs + prng.exponential(temper.jitterMs);
    if (this.slowUntilMs > nowMs) delayMs *= this.slowFactor;
    if (temper.loss > 0 && prng.chance(temper.loss)) delayMs += RETRANSMIT_MS * prng.between(1, 3);
    return (cutUntilMs > nowMs ? cutUntilMs + prng.between(0, RETRANSMIT_MS) : nowMs) + delayMs;
  }
}

/**
 * The links between processes. A packet is never lost for good, as on TCP: it arrives late, after a
 * retransmission, or after the end of a cut.
 */
export class Network {
  /** By their ends: from, to. */
  readonly #links = new Map<string, Map<string, Link>>();
  readonly #addresses = new Map<string, string>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly prng: Prng,
    private readonly temper: NetworkTemper,
  ) {}

  /** Makes a host name lead to this server. */
  name(host: string, server: string): void {
    this.#addresses.set(host, server);
  }

  /** The server that the name leads to now. */
  serverAt(host: string): string | undefined {
    return this.#addresses.get(host);
  }

  /** Nothing gets from one to the other until then. */
  cut(from: string, to: string, untilMs: number): void {
    const link = this.#link(from, to);
    link.cutUntilMs = Math.max(untilMs, link.cutUntilMs);
  }

  slow(from: string, to: string, untilMs: number, factor: number): void {
    const link = this.#link(from, to);
    link.slowUntilMs = untilMs;
    link.slowFactor = factor;
  }

  heal(): void {
    for (const links of this.#links.values()) {
      for (const link of links.values()) link.cutUntilMs = link.slowUntilMs = -Infinity;
    }
  }

  /** When a packet that is sent now arrives. */
  arrivalMs(from: string, to: string): number {
    return this.#link(from, to).arrivalMs();
  }

  /** Both ways between two processes. */
  between(one: string, other: string): { readonly there: Link; readonly back: Link } {
    return { there: this.#link(one, other), back: this.#link(other, one) };
  }

  #link(from: string, to: string): Link {
    let links = this.#links.get(from);
    if (!links) this.#links.set(from, (links = new Map<string, Link>()));
    let link = links.get(to);
    if (!link) links.set(to, (link = new Link(this.scheduler, this.prng, this.temper)));
    return link;
  }
}
