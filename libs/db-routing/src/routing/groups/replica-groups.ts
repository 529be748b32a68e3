import { ConfigurationError } from '../../errors';
import { configuredFor } from '../../engine/node-address';
import type { NodeStatus, TopologySnapshot } from '../../cluster/topology/snapshot';
import { isRole } from '../destination';
import { configurationIssue } from '../rules/configuration-issue';
import { type ReplicaGroupOptions, replicaGroupsSchema } from './group-schema';

/** A replica group as decide() uses it. */
export interface ReplicaGroup {
  readonly name: string;
  /** Names of the nodes; undefined: all replicas. */
  readonly nodes?: ReadonlySet<string> | undefined;
  readonly maxStalenessMs?: number | undefined;
  readonly maxConcurrent?: number | undefined;
}

/**
 * The replica groups of one pool. Works out once per snapshot which nodes serve which group, so that the cost
 * of a decision does not depend on the number of nodes.
 */
export class ReplicaGroups {
  readonly #groups: ReadonlyMap<string, ReplicaGroup>;
  readonly #dedicated: ReadonlyMap<string, string>;
  readonly #unknown = new Map<string, ReplicaGroup>();
  readonly #served = new WeakMap<TopologySnapshot, Map<ReplicaGroup | undefined, readonly NodeStatus[]>>();

  constructor(groups: Readonly<Record<string, ReplicaGroupOptions>> = {}) {
    const entries = Object.entries(groups);
    this.#groups = new Map(
      entries.map(([name, { nodes, maxStalenessMs, maxConcurrent }]) => [
        name,
        { name, nodes: nodes && new Set(nodes), maxStalenessMs, maxConcurrent },
      ]),
    );
    this.#dedicated = new Map(
      entries
        .filter(([, { shared }]) => shared !== true)
        .flatMap(([name, { nodes = [] }]) => nodes.map((node) => [node, name] as const)),
    );
  }

  get names(): readonly string[] {
    return [...this.#groups.keys()];
  }

  get all(): readonly ReplicaGroup[] {
    return [...this.#groups.values()];
  }

  /**
   * The group of that name. For a name that is not configured, a group without limits of every replica that
   * serves other reads.
   */
  get(name: string): ReplicaGroup {
    const known = this.#groups.get(name);
    if (known) return known;
    if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.clear();
    const made = this.#unknown.get(name) ?? { name };
    this.#unknown.set(name, made);
    return made;
  }

  has(name: string): boolean {
    return this.#groups.has(name);
  }

  /** The nodes that may serve reads of the group; without a group, the nodes for all other reads. */
  candidates(snapshot: TopologySnapshot, group?: ReplicaGroup): readonly NodeStatus[] {
    if (group === undefined && this.#dedicated.size === 0) return snapshot.fitReplicas;
    let served = this.#served.get(snapshot);
    if (!served) {
      served = new Map<ReplicaGroup | undefined, readonly NodeStatus[]>();
      this.#served.set(snapshot, served);
    }
    let nodes = served.get(group);
    if (!nodes) {
      nodes = snapshot.nodes.filter((node) => this.objection(node, group) === undefined);
      served.set(group, nodes);
    }
    return nodes;
  }

  /** Why the node must not serve reads of the group, or reads without a group; undefined when it may. */
  objection(node: NodeStatus, group?: ReplicaGroup): string | undefined {
    if (node.role !== 'replica') return node.role === 'primary' ? 'it is the primary' : 'its role is unknown';
    const isMember = configuredFor(node.address, (name) => (group?.nodes?.has(name) ? true : undefined));
    if (group?.nodes && !isMember) return `it is not in the group '${group.name}'`;
    const owner = configuredFor(node.address, (name) => this.#dedicated.get(name));
    if (owner !== undefined && !group?.nodes) return `it is kept for the group '${owner}'`;
    const limitMs = group?.maxStalenessMs;
    if (limitMs === undefined) return node.state === 'up' ? undefined : `${node.state}: ${node.reason}`;
    if (node.state !== 'up' && node.state !== 'lagging') return `${node.state}: ${node.reason}`;
    return stalenessObjection(node, limitMs, `of the group '${group?.name ?? ''}'`);
  }
}

/** Hints in statements can name any group, so the number of remembered names is bounded. */
const MAX_UNKNOWN = 100;

export function stalenessObjection(node: NodeStatus, limitMs: number, whose: string): string | undefined {
  const { stalenessMs } = node;
  if (stalenessMs === undefined) return `its staleness is unknown, limit ${whose} ${limitMs} ms`;
  if (stalenessMs <= limitMs) return undefined;
  return `up to ${Math.round(stalenessMs)} ms stale, limit ${whose} ${limitMs} ms`;
}

/** The limits that the nodes and the probe interval set. */
export interface GroupLimits {
  readonly nodes: readonly string[];
  /** A smaller staleness limit could not be observed between two probes, in milliseconds. */
  readonly minStalenessMs: number;
}

/**
 * Checks the `groups` option. Throws ConfigurationError, naming the group, the field, the value and the
 * limit, when a group is invalid.
 */
export function checkGroups(input: unknown, limits: GroupLimits): ReplicaGroups {
  const parsed = replicaGroupsSchema.safeParse(input);
  if (!parsed.success) throw configurationIssue('groups', parsed.error, input);
  for (const [name, { nodes = [], maxStalenessMs }] of Object.entries(parsed.data)) {
    if (isRole(name)) throw new ConfigurationError(`groups.${name}`, name, 'is not a valid name for a group');
    const stray = nodes.findIndex((node) => !limits.nodes.includes(node));
    if (stray >= 0) {
      throw new ConfigurationError(
        `groups.${name}.nodes[${stray}]`,
        nodes[stray],
        `must be one of the nodes of the connection URL: ${limits.nodes.join(', ')}`,
      );
    }
    if (maxStalenessMs !== undefined && maxStalenessMs < limits.minStalenessMs) {
      throw new ConfigurationError(
        `groups.${name}.maxStalenessMs`,
        maxStalenessMs,
        `must be at least ${limits.minStalenessMs} (2 × probeIntervalMs), or it cannot be observed`,
      );
    }
  }
  return new ReplicaGroups(parsed.data);
}
