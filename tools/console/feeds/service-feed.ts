import { setTimeout as delay } from 'node:timers/promises';
import { type FeedEvent, type FeedHello, readRoutingFeed } from '@app/service-kit';
import { RateMeter, type NodeRates } from './rate-meter';

const RETRY_MS = 500;
const MAX_KEPT_SAMPLES = 60;
/** The feed has several events a second, so this one is over. */
const MAX_SILENCE_MS = 3_000;

export interface ServiceAddress {
  readonly name: string;
  readonly url: string;
  readonly managementUrl: string;
}

/** The routing feed of one service: follows it while asked to, and connects again when it breaks. */
export class ServiceFeed {
  readonly #meter = new RateMeter();
  #samples: FeedEvent['samples'][number][] = [];
  #last: FeedEvent | undefined;
  #problem = 'not asked yet';
  #following: AbortController | undefined;

  constructor(readonly address: ServiceAddress) {}

  /** The newest event; undefined while the service does not answer. */
  get event(): FeedEvent | undefined {
    return this.#last;
  }

  /** Why there is no event. */
  get problem(): string {
    return this.#problem;
  }

  follow(): void {
    if (this.#following) return;
    const following = new AbortController();
    this.#following = following;
    void this.#run(following.signal);
  }

  unfollow(): void {
    this.#following?.abort();
    this.#following = undefined;
  }

  /** Upper bounds of the latency buckets. */
  get boundsMs(): readonly number[] {
    return this.#meter.boundsMs;
  }

  /** The samples since the last call. */
  takeSamples(): FeedEvent['samples'] {
    return this.#samples.splice(0);
  }

  /** Rates and latencies by node since the last call. */
  takeRates(): ReadonlyMap<string, NodeRates> {
    return this.#last ? this.#meter.measure(this.#last) : new Map<string, NodeRates>();
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#read(signal);
        this.#problem = 'it has closed the connection';
      } catch (error) {
        this.#problem = describe(error);
      }
      this.#last = undefined;
      this.#samples = [];
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const silence = new AbortController();
    const expire = (): void => silence.abort(new Error(`silent for ${MAX_SILENCE_MS} ms`));
    const timer = setTimeout(expire, MAX_SILENCE_MS);
    const either = AbortSignal.any([signal, silence.signal]);
    try {
      for await (const message of readRoutingFeed(this.address.managementUrl, either)) {
        timer.refresh();
        if (message.name === 'hello') this.#begin(message.data);
        else this.#take(message.data);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #begin({ latencyBoundsMs }: FeedHello): void {
    this.#meter.begin(latencyBoundsMs);
  }

  #take(event: FeedEvent): void {
    this.#last = event;
    this.#samples.push(...event.samples);
    // While no window takes them, only the newest are kept.
    this.#samples.splice(0, this.#samples.length - MAX_KEPT_SAMPLES);
  }
}

function describe(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
