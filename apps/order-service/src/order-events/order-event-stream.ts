import { currentConsistencyToken, Session } from 'db-routing';
import { Logger } from '@nestjs/common';
import type { EventCursor } from './event-cursor';
import type { EventsSinceQuery } from './events-since';
import type { OrderEventMessage } from './order-events.schemas';

export interface StreamMessage {
  /** For the header Last-Event-ID. */
  readonly id: string;
  readonly data: OrderEventMessage;
}

/** One client's stream: each time it is woken, it sends the events that the client was not told yet. */
export class OrderEventStream {
  private static readonly logger = new Logger(OrderEventStream.name);
  private isReading = false;
  private isWoken = false;

  constructor(
    readonly customerId: string,
    private readonly cursor: EventCursor,
    private readonly query: EventsSinceQuery,
    private readonly send: (message: StreamMessage) => void,
  ) {}

  /** Reads; if it reads already, it does so once more afterwards. */
  wake(): void {
    this.isWoken = true;
    if (!this.isReading) void this.readWhileWoken();
  }

  private async readWhileWoken(): Promise<void> {
    this.isReading = true;
    while (this.isWoken) {
      this.isWoken = false;
      try {
        // In a session of its own, whose token covers what was read here.
        await new Session().run(() => this.read());
      } catch (error) {
        OrderEventStream.logger.warn(`events are told later: ${(error as Error).message}`);
      }
    }
    this.isReading = false;
  }

  private async read(): Promise<void> {
    const { place, events } = await this.query.read(this.customerId, this.cursor);
    const consistencyToken = currentConsistencyToken();
    let held: OrderEventMessage | undefined;
    for (const event of events) {
      const before = this.cursor.toString();
      if (!this.cursor.tell(event)) continue;
      if (held) this.send({ id: before, data: held });
      const { id, orderId, status, at } = event;
      held = { eventId: id, orderId, status, at: at.toISOString(), consistencyToken };
    }
    // The last one goes out with the new place, so that a client that resumes there is told nothing twice.
    this.cursor.advance(place);
    if (held) this.send({ id: this.cursor.toString(), data: held });
  }
}
