import type { FeedEvent, FeedHello } from './feed-event';
import { readEvents } from './server-sent-event';

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
  for await (const { name, data } of readEvents(response.body)) yield { name, data } as FeedMessage;
}
