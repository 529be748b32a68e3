import { Problem } from '@app/service-kit';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Observable, type Subscriber } from 'rxjs';
import { CustomerListener } from './customer-listener';
import { EventCursor } from './event-cursor';
import { EventsSinceQuery } from './events-since';
import { OrderEventStream, type StreamMessage } from './order-event-stream';

const MAX_STREAMS = 1_000;
const MAX_STREAMS_OF_CUSTOMER = 10;
const HEARTBEAT_MS = 15_000;
/** Every so many heartbeats, each stream reads without being told to, in case a message was lost. */
const HEARTBEATS_PER_READ = 4;

export type Heartbeat = 'heartbeat';

/** The open streams of this instance. */
@Injectable()
export class OrderEventStreams implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly streams = new Map<OrderEventStream, Subscriber<StreamMessage | Heartbeat>>();
  private heartbeats = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly query: EventsSinceQuery,
    private readonly listener: CustomerListener,
  ) {}

  /** Not at the first stream: what starts in a request belongs to it, and ends with it. */
  onApplicationBootstrap(): void {
    this.listener.news.subscribe((customerId) => this.wake(customerId));
    this.timer = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  /** Open streams would keep the server from closing. */
  onModuleDestroy(): void {
    clearInterval(this.timer);
    for (const subscriber of this.streams.values()) subscriber.complete();
  }

  /**
   * Where a new stream of the customer begins: as given, or now.
   *
   * @throws Problem 429 when the customer has too many streams, 503 when this instance has
   */
  async start(customerId: string, given: EventCursor | undefined): Promise<EventCursor> {
    this.requireRoom(customerId);
    if (given) return given;
    const { place, events } = await this.query.read(customerId);
    return new EventCursor(place, events);
  }

  /** The customer's events from `start` on. Fails as start() does if others have taken the room meanwhile. */
  open(customerId: string, start: EventCursor): Observable<StreamMessage | Heartbeat> {
    return new Observable((subscriber) => {
      this.requireRoom(customerId);
      const stream = new OrderEventStream(customerId, start, this.query, (message) =>
        subscriber.next(message),
      );
      this.streams.set(stream, subscriber);
      stream.wake();
      return () => this.streams.delete(stream);
    });
  }

  private wake(customerId: string | undefined): void {
    for (const stream of this.streams.keys()) {
      if (customerId === undefined || stream.customerId === customerId) stream.wake();
    }
  }

  private beat(): void {
    this.heartbeats += 1;
    for (const subscriber of this.streams.values()) subscriber.next('heartbeat');
    if (this.heartbeats % HEARTBEATS_PER_READ === 0) this.wake(undefined);
  }

  private requireRoom(customerId: string): void {
    const own = [...this.streams.keys()].filter((stream) => stream.customerId === customerId).length;
    if (own >= MAX_STREAMS_OF_CUSTOMER) {
      throw new Problem({
        status: 429,
        type: 'urn:problem:too-many-streams',
        title: 'Too many streams',
        detail: `You have ${own} open streams; the limit is ${MAX_STREAMS_OF_CUSTOMER}.`,
        headers: { 'retry-after': '60' },
      });
    }
    if (this.streams.size >= MAX_STREAMS) {
      throw new Problem({
        status: 503,
        type: 'urn:problem:too-many-streams',
        title: 'Too many streams',
        detail: `This instance has ${MAX_STREAMS} open streams, which is its limit.`,
        headers: { 'retry-after': '5' },
      });
    }
  }
}
