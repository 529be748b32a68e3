import type { NodeStatus, RoutedPoolOptions, RoutingRule, RuleReference, TopologySnapshot } from 'db-routing';
import type { Level } from '../../../consistency/history/lines';
import type { Oracle } from '../../world/oracle';
import type { NodeChange } from '../../../../libs/db-routing/src/cluster/topology/node-changes';
import { GroupLoad } from '../../checks/group-load';
import { SteadyNodes } from '../../checks/steady-nodes';
import { forNoRead, type KnownRule, READ_RULES, sharesRule } from './catalogue';

interface RoutedService {
  readonly name: string;
  readonly world: { readonly oracle: Oracle; readonly scheduler: GroupLoadScheduler };
  readonly directory: { objection(node: string, atMs: number): string | undefined } | undefined;
  readonly settings: { readonly isNear: ((node: NodeStatus) => boolean) | undefined };
  readonly parts: { readonly nodes: { readonly topology: TopologySnapshot } };
}

type GroupLoadScheduler = ConstructorParameters<typeof GroupLoad>[2];
type Options = Pick<RoutedPoolOptions, 'groups' | 'rules' | 'readConsistency'>;

/** What one service was configured with, for the checks: they compare it with where statements run. */
export class ServiceRouting {
  rules: readonly KnownRule[];
  readonly level: Level | undefined;
  readonly #groups: NonNullable<Options['groups']>;
  readonly #load = new Map<string, GroupLoad>();
  readonly #steady = new SteadyNodes();

  constructor(
    private readonly service: RoutedService,
    { groups = {}, rules = [], readConsistency }: Options,
  ) {
    this.rules = rules.map(knownRule);
    this.level = typeof readConsistency === 'string' ? readConsistency : undefined;
    this.#groups = groups;
    const { oracle, scheduler } = service.world;
    for (const [name, { maxConcurrent }] of Object.entries(groups)) {
      if (maxConcurrent === undefined) continue;
      this.#load.set(name, new GroupLoad(`${name} of ${service.name}`, maxConcurrent, scheduler, oracle));
    }
  }

  get oracle(): Oracle {
    return this.service.world.oracle;
  }

  found(rule: string, what: string): void {
    this.oracle.found(rule, `${this.service.name}: ${what}`);
  }

  get nowMs(): number {
    return this.service.world.scheduler.nowMs;
  }

  nodeChanged(change: NodeChange): void {
    this.#steady.changed(change, this.nowMs);
  }

  /** A rule is reported to have changed nothing. */
  shadowed({ index, name }: RuleReference): void {
    this.oracle.count(`shadow ${name ?? index}`);
    if (this.rules[index]?.rule.shadow !== true)
      this.found('shadow-rules', `rule ${name ?? index} is no shadow rule`);
  }

  /** A read of the group begins; returns what to call at its end. */
  enterGroup(group: string): (() => void) | undefined {
    return this.#load.get(group)?.begin();
  }

  /** Why the node must not serve reads of the group, or reads without one, that were placed since then. */
  membership(node: string, group: string | undefined, sinceMs: number): string | undefined {
    const hasLeft = this.service.directory?.objection(node, sinceMs);
    if (hasLeft !== undefined) return hasLeft;
    const names = this.#namesOf(node);
    const isMember = (nodes?: readonly string[]) => names.some((name) => nodes?.includes(name));
    const members = group === undefined ? undefined : this.#groups[group]?.nodes;
    if (members) return isMember(members) ? undefined : `it is not in the group ${String(group)}`;
    const owner = Object.entries(this.#groups).find(
      ([, { nodes, shared }]) => shared !== true && isMember(nodes),
    );
    return owner && `it is kept for the group ${owner[0]}`;
  }

  /** What is configured for one name of a server applies to the server. */
  #namesOf(node: string): readonly string[] {
    const { nodes } = this.service.parts.nodes.topology;
    return [node, ...(nodes.find(({ address }) => address.name === node)?.aliases ?? [])];
  }

  /**
   * Why a node in the zone of the service should have served the read. It was placed now, or at some time
   * since `sinceMs`: then only what has been the same since is certain.
   */
  nearer(
    node: string,
    group: string | undefined,
    weights: Readonly<Record<string, number>> = {},
    sinceMs: number,
  ): string | undefined {
    const { settings, parts } = this.service;
    const { isNear } = settings;
    const { nodes, fitReplicas } = parts.nodes.topology;
    const served = nodes.find(({ address }) => address.name === node);
    const { maxStalenessMs } = this.#groups[group ?? ''] ?? {};
    const isNow = sinceMs === this.nowMs;
    if (!isNear || !served || isNear(served) || (!isNow && maxStalenessMs !== undefined)) return undefined;
    const isCertain = (name: string) => isNow || this.#steady.hasBeenSince(name, sinceMs);
    if (!isCertain(node)) return undefined;
    const near = fitReplicas.filter(
      (each) =>
        isNear(each) &&
        isCertain(each.address.name) &&
        weights[each.address.name] !== 0 &&
        this.membership(each.address.name, group, sinceMs) === undefined &&
        (each.stalenessMs ?? Infinity) <= (maxStalenessMs ?? Infinity),
    );
    this.oracle.count('zone compared');
    if (near.length === 0) return undefined;
    return `${near.map(({ address }) => address.name).join(' and ')} is in the zone`;
  }
}

function knownRule(rule: RoutingRule): KnownRule {
  if (rule.weights) return sharesRule(rule.weights);
  return READ_RULES.find((known) => known.rule.name === rule.name) ?? forNoRead(rule);
}
