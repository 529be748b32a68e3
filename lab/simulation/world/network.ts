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

/**
 * The links between processes. A packet is never lost for good, as on TCP: it arrives late, after a
 * retransmission, or after the end of a cut.
 */
export class Network {
  readonly #cuts = new Map<string, number>();
  readonly #slow = new Map<string, { readonly untilMs: number; readonly factor: number }>();
  readonly #latencies = new Map<string, number>();
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
    const link = `${from}>${to}`;
    this.#cuts.set(link, Math.max(untilMs, this.#cuts.get(link) ?? 0));
  }

  slow(from: string, to: string, untilMs: number, factor: number): void {
    this.#slow.set(`${from}>${to}`, { untilMs, factor });
  }

  isCut(from: string, to: string): boolean {
    return (this.#cuts.get(`${from}>${to}`) ?? 0) > this.scheduler.nowMs;
  }

  heal(): void {
    this.#cuts.clear();
    this.#slow.clear();
  }

  /** When a packet that is sent now arrives. */
  arrivalMs(from: string, to: string): number {
    const { nowMs } = this.scheduler;
    const { prng, temper } = this;
    const link = `${from}>${to}`;
    let latencyMs = this.#latencies.get(link);
    if (latencyMs === undefined) {
      latencyMs = temper.latencyMs * prng.between(0.3, 1.7);
      this.#latencies.set(link, latencyMs);
    }
    let delayMs = latencyMs - Math.log(1 - prng.random()) * temper.jitterMs;
    const slow = this.#slow.get(link);
    if (slow && slow.untilMs > nowMs) delayMs *= slow.factor;
    if (temper.loss > 0 && prng.chance(temper.loss)) delayMs += RETRANSMIT_MS * prng.between(1, 3);
    const cutUntilMs = this.#cuts.get(link) ?? 0;
    return (cutUntilMs > nowMs ? cutUntilMs + prng.between(0, RETRANSMIT_MS) : nowMs) + delayMs;
  }
}
