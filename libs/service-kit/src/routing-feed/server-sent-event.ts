/** One event of an event stream, with its data as JSON. */
export function eventText(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

export interface ServerSentEvent {
  readonly name: string | undefined;
  readonly id: string | undefined;
  readonly data: unknown;
}

/**
 * Reads the events of a response, with their data as JSON, until it ends. Leaving the loop closes the
 * connection.
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let rest = '';
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const blocks = `${rest}${text}`.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const data = field('data');
      if (data !== undefined) yield { name: field('event'), id: field('id'), data: JSON.parse(data) };
    }
  }
}
