import { z } from 'zod';
import { milliseconds, slug } from '../rules/rule-schema';

const MAX_CONCURRENT = 10_000;

export const replicaGroupSchema = z.strictObject({
  nodes: z.array(z.string().min(1)).min(1).optional().meta({
    description:
      'Its nodes, as `host:port` of the connection URL. Without it, every replica, under the limits below.',
  }),
  maxStalenessMs: milliseconds.optional().meta({
    description:
      "A replica staler than this does not serve the group, in milliseconds. May be higher than the pool's own limit. Default: the pool's.",
  }),
  maxConcurrent: z.int().min(1).max(MAX_CONCURRENT).optional().meta({
    description:
      'Most statements and transactions of the group at once, in one process; the next wait, then fail with GroupExhaustedError. Default: no limit.',
  }),
  shared: z.boolean().optional().meta({
    description: 'Whether its nodes serve other reads too. Default: false, they are kept apart from them.',
  }),
});

export const replicaGroupsSchema = z.record(slug, replicaGroupSchema);

/** A named set of nodes with limits of its own. */
export type ReplicaGroupOptions = z.input<typeof replicaGroupSchema>;
