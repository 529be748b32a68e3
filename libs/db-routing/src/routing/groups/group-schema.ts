import { z } from 'zod';
import { milliseconds, slug } from '../rules/rule-schema';

const MAX_CONCURRENT = 10_000;

export const replicaGroupSchema = z.strictObject({
  nodes: z.array(z.string().min(1)).min(1).optional().meta({
    description:
      'The nodes, as `host:port` in the connection URL. Default: every replica, within the limits below.',
  }),
  maxStalenessMs: milliseconds.optional().meta({
    description:
      "Replicas staler than this do not serve the group, in milliseconds. May exceed the pool's own limit. Default: the pool's.",
  }),
  maxConcurrent: z.int().min(1).max(MAX_CONCURRENT).optional().meta({
    description:
      'Maximum number of concurrent statements and transactions of the group in one process. Further ones wait, then fail with GroupExhaustedError. Default: no limit.',
  }),
  shared: z.boolean().optional().meta({
    description: 'Whether the nodes also serve other reads. Default: false.',
  }),
});

export const replicaGroupsSchema = z.record(slug, replicaGroupSchema);

/** A named set of replicas with its own limits. */
export type ReplicaGroupOptions = z.input<typeof replicaGroupSchema>;
