import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { FeedEvent, FeedHello } from './feed-event';

export type FeedMessage =
  | { readonly name: 'hello'; readonly data: FeedHello }
  | { readonly name: 'routing'; readonly data: FeedEvent };

/**
 * Reads the routing feed of the service with this management URL, until the signal aborts or the stream ends.
 *
 * @throws Error when the service does not serve the feed, or when the connection breaks
 */
export async function* readRoutingFeed(
  managementUrl: string,
  signal: AbortSignal,
): AsyncGenerator<FeedMessage> {
  const url = `${managementUrl}/routing/events`;
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body) {
    throw new Error(`${url} answered ${response.status}: ${(await response.text()).trim()}`);
  }
  let name = '';
  for await (const line of createInterface({ input: Readable.fromWeb(response.body) })) {
    if (line.startsWith('event: ')) name = line.slice('event: '.length);
    if (!line.startsWith('data: ')) continue;
    yield { name, data: JSON.parse(line.slice('data: '.length)) as unknown } as FeedMessage;
  }
}
