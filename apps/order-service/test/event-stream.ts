import { readEvents } from '@app/service-kit';
import type { OrderEventMessage } from '../src/order-events/order-events.schemas';

interface Received {
  readonly id: string;
  readonly data: OrderEventMessage;
}

/** A client of GET /orders/events. */
export class EventStream {
  readonly received: Received[] = [];
  readonly #abort = new AbortController();

  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const stream = new EventStream();
    const response = await fetch(`${url}/orders/events`, { headers, signal: stream.#abort.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    void stream.#read(response.body!).catch(() => undefined);
    return stream;
  }

  close(): void {
    this.#abort.abort();
  }

  get statuses(): string[] {
    return this.received.map(({ data }) => `${data.orderId} ${data.status}`);
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    for await (const { id, data } of readEvents(body)) {
      if (id !== undefined) this.received.push({ id, data: data as OrderEventMessage });
    }
  }
}
