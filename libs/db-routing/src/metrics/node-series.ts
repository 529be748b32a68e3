import type { Counter, Histogram } from 'prom-client';

/** The labels of each series, `le` of a histogram's buckets among them. */
interface SeriesOfNode {
  get(): Promise<{ values: { labels: Partial<Record<string, string | number>> }[] }>;
  remove(labels: Partial<Record<string, string | number>>): void;
}

/** Forgets what was counted for a node that is gone: with nodes found by DNS, names come and never return. */
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
