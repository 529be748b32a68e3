import type { Counter, Histogram } from 'prom-client';

/** A metric whose series can be listed and removed; the labels include `le` of a histogram's buckets. */
interface SeriesOfNode {
  get(): Promise<{ values: { labels: Partial<Record<string, string | number>> }[] }>;
  remove(labels: Partial<Record<string, string | number>>): void;
}

/** Removes the series of a node that is gone: nodes found by DNS get names that never return. */
export async function removeNode(
  metrics: readonly (Counter<never> | Histogram<never>)[],
  node: string,
): Promise<void> {
  for (const metric of metrics as readonly SeriesOfNode[]) {
    for (const { labels } of (await metric.get()).values) {
      const { le, ...own } = labels;
      if (labels.node === node && le === undefined) metric.remove(own);
    }
  }
}
