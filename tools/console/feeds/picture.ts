import type { FeedEvent } from '@app/service-kit';
import type { NodeFaults, NodePicture, ServicePicture } from '../contract';
import { quantileOf } from './quantile';
import { type NodeRates, sumOf } from './rate-meter';
import type { ServiceFeed } from './service-feed';

type FeedNode = FeedEvent['nodes'][number];

export function pictureOfService({ address, event, problem }: ServiceFeed): ServicePicture {
  const { name, url } = address;
  return { name, url, isUp: event !== undefined, problem: event === undefined ? problem : '' };
}

/** One picture of each node, from what all services that answer say of it. */
export function pictureOfNodes(
  feeds: readonly ServiceFeed[],
  boundsMs: readonly number[],
  faults: readonly NodeFaults[],
): NodePicture[] {
  const events = feeds.flatMap(({ event }) => (event ? [event] : []));
  const rates = feeds.map((feed) => feed.takeRates());
  const names = [...new Set(events.flatMap(({ nodes }) => nodes.map(({ node }) => node)))].sort();
  return names.map((name) => {
    const seen = events.flatMap(({ service, nodes }) =>
      nodes.filter(({ node }) => node === name).map((node) => ({ service, node })),
    );
    const own = sumOf(rates.flatMap((each) => each.get(name) ?? []));
    return nodePicture(seen, own, boundsMs, faults.find(({ node }) => node === name) ?? null);
  });
}

function nodePicture(
  seen: readonly { readonly service: string; readonly node: FeedNode }[],
  rates: NodeRates,
  boundsMs: readonly number[],
  faults: NodeFaults | null,
): NodePicture {
  const [first] = seen;
  if (!first) throw new TypeError('No service has this node.');
  const { node, role, state, reason, stalenessMs, lagBytes, timeline } = first.node;
  const views = seen.map(({ service, node: own }) => ({
    service,
    role: own.role,
    state: own.state,
    reason: own.reason,
  }));
  const isAgreed = views.every((view) => view.role === role && view.state === state);
  return {
    node,
    role,
    state,
    reason,
    stalenessMs,
    lagBytes,
    timeline,
    connections: total(seen.map((each) => each.node.exclusive + each.node.lanes)),
    waiting: total(seen.map((each) => each.node.waiting)),
    readsPerSecond: rates.reads,
    writesPerSecond: rates.writes,
    retriedPerSecond: rates.retried,
    hedgedPerSecond: rates.hedged,
    failedPerSecond: rates.failed,
    p50Ms: quantileOf(0.5, rates.latency, boundsMs),
    p99Ms: quantileOf(0.99, rates.latency, boundsMs),
    views: isAgreed ? [] : views,
    faults,
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}
