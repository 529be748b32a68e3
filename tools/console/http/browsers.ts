import type { ServerResponse } from 'node:http';
import { eventText } from '@app/service-kit';

const MAX_BROWSERS = 8;
/** A window that reads more slowly than this misses updates; each update is complete in itself. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** The windows that are open, each with a stream of server-sent events. */
export class Browsers {
  readonly #open = new Set<ServerResponse>();

  constructor(private readonly onChange: (count: number) => void) {}

  /** False when too many windows are open already. */
  add(response: ServerResponse): boolean {
    if (this.#open.size >= MAX_BROWSERS) return false;
    this.#open.add(response);
    response.once('close', () => {
      this.#open.delete(response);
      this.onChange(this.#open.size);
    });
    this.onChange(this.#open.size);
    return true;
  }

  get count(): number {
    return this.#open.size;
  }

  send(name: string, data: unknown): void {
    if (this.#open.size === 0) return;
    const text = eventText(name, data);
    for (const response of this.#open) if (response.writableLength < MAX_UNSENT_BYTES) response.write(text);
  }

  close(): void {
    for (const response of this.#open) response.end();
  }
}
