import type { ServerResponse } from 'node:http';
import { RoutedPool, type StatementReport } from 'db-routing';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { SERVICE_DEFINITION, type ServiceDefinition } from '../service-definition';
import type { FeedEvent, FeedHello } from './feed-event';
import { feedNodes } from './feed-nodes';
import { eventText } from './server-sent-event';
import { LATENCY_BOUNDS_MS, StatementCounts } from './statement-counts';
import { SAMPLES_PER_EVENT, StatementSampler } from './statement-sampler';

export const MAX_SUBSCRIBERS = 4;
const INTERVAL_MS = 250;
/** A subscriber that reads more slowly than this misses events; the counts in the next one are complete. */
const MAX_UNSENT_BYTES = 256 * 1024;

/** What the feed collects while it has subscribers. */
interface Collection {
  readonly countedSince: string;
  readonly counts: StatementCounts;
  readonly sampler: StatementSampler;
  end(): void;
}

/**
 * Tells what the routing does, several times a second, as server-sent events: the state of each node, full
 * counts, and a sample of the statements. Without a subscriber it does not listen to the pool at all.
 */
@Injectable()
export class RoutingFeed implements OnApplicationShutdown {
  readonly #subscribers = new Set<ServerResponse>();
  #collection: Collection | undefined;

  constructor(
    @Inject(RoutedPool) private readonly pool: RoutedPool,
    @Inject(SERVICE_DEFINITION) private readonly definition: ServiceDefinition,
  ) {}

  /** Answers with the stream; false, and no answer, when there are MAX_SUBSCRIBERS already. */
  subscribe(response: ServerResponse): boolean {
    if (this.#subscribers.size >= MAX_SUBSCRIBERS) return false;
    this.#subscribers.add(response);
    response.once('close', () => this.#leave(response));
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    this.#collection ??= this.#collect();
    const hello: FeedHello = {
      service: this.definition.name,
      intervalMs: INTERVAL_MS,
      samplesPerEvent: SAMPLES_PER_EVENT,
      latencyBoundsMs: LATENCY_BOUNDS_MS,
    };
    response.write(eventText('hello', hello));
    response.write(eventText('routing', this.#event(this.#collection, [])));
    return true;
  }

  onApplicationShutdown(): void {
    for (const response of this.#subscribers) response.end();
  }

  #collect(): Collection {
    const counts = new StatementCounts();
    const sampler = new StatementSampler();
    const listener = (report: StatementReport): void => {
      counts.add(report);
      sampler.add(report);
    };
    this.pool.on('statement', listener);
    const timer = setInterval(() => this.#send(), INTERVAL_MS);
    return {
      countedSince: new Date().toISOString(),
      counts,
      sampler,
      end: () => {
        clearInterval(timer);
        this.pool.off('statement', listener);
      },
    };
  }

  #leave(response: ServerResponse): void {
    this.#subscribers.delete(response);
    if (this.#subscribers.size > 0) return;
    this.#collection?.end();
    this.#collection = undefined;
  }

  #send(): void {
    if (!this.#collection) return;
    const text = eventText('routing', this.#event(this.#collection, this.#collection.sampler.take()));
    for (const response of this.#subscribers) {
      if (response.writableLength < MAX_UNSENT_BYTES) response.write(text);
    }
  }

  #event({ countedSince, counts }: Collection, samples: FeedEvent['samples']): FeedEvent {
    const { primary, noPrimaryBecause } = this.pool.topology;
    const nodes = feedNodes(this.pool);
    return {
      service: this.definition.name,
      countedSince,
      at: new Date().toISOString(),
      primary: primary?.address.name ?? null,
      noPrimaryBecause,
      nodes,
      counts: counts.of(nodes.map(({ node }) => node)),
      samples,
    };
  }
}
