import type { OrderEventMessage } from '../src/order-events/order-events.schemas';

interface Received {
  readonly id: string;
  readonly data: OrderEventMessage;
}

/** A client of GET /orders/events. */
export class EventStream {
  readonly received: Received[] = [];
  readonly #abort = new AbortController();
  #text = '';

  static async open(url: string, headers: Record<string, string>): Promise<EventStream> {
    const stream = new EventStream();
    const response = await fetch(`${url}/orders/events`, { headers, signal: stream.#abort.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    void stream.#read(response.body!.pipeThrough(new TextDecoderStream()).getReader()).catch(() => undefined);
    return stream;
  }

  close(): void {
    this.#abort.abort();
  }

  get statuses(): string[] {
    return this.received.map(({ data }) => `${data.orderId} ${data.status}`);
  }

  async #read(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      this.#text += part.value;
      const messages = this.#text.split('\n\n');
      this.#text = messages.pop() ?? '';
      for (const message of messages) {
        const [, id] = /^id: (.*)$/m.exec(message) ?? [];
        const [, data] = /^data: (.*)$/m.exec(message) ?? [];
        if (id === undefined || data === undefined) continue;
        this.received.push({ id, data: JSON.parse(data) as OrderEventMessage });
      }
    }
  }
}
