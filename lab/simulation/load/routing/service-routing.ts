import type { NodeStatus, RoutedPoolOptions, RoutingRule, RuleReference, TopologySnapshot } from 'db-routing';
import type { Level } from '../../../consistency/history/lines';
import type { Oracle } from '../../world/oracle';
import { GroupLoad } from '../../checks/group-load';
import { forNoRead, type KnownRule, READ_RULES, sharesRule } from './catalogue';

interface RoutedService {
  readonly name: string;
  readonly world: { readonly oracle: Oracle; readonly scheduler: GroupLoadScheduler };
  readonly directory: { objection(node: string): string | undefined } | undefined;
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

  get topology(): TopologySnapshot {
    return this.service.parts.nodes.topology;
  }

  found(rule: string, what: string): void {
    this.oracle.found(rule, `${this.service.name}: ${what}`);
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

  /** Why the node must not serve reads of the group, or reads without one. */
  membership(node: string, group: string | undefined): string | undefined {
    const hasLeft = this.service.directory?.objection(node);
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
    const { nodes } = this.topology;
    return [node, ...(nodes.find(({ address }) => address.name === node)?.aliases ?? [])];
  }

  /** Why a node in the zone of the service should have served the read. */
  nearer(
    node: string,
    group: string | undefined,
    weights: Readonly<Record<string, number>> = {},
  ): string | undefined {
    const { isNear } = this.service.settings;
    const served = this.topology.nodes.find(({ address }) => address.name === node);
    if (!isNear || !served || isNear(served)) return undefined;
    const fit = this.topology.fitReplicas.filter(
      ({ address: { name } }) => weights[name] !== 0 && this.membership(name, group) === undefined,
    );
    const { maxStalenessMs = Infinity } = this.#groups[group ?? ''] ?? {};
    const near = fit.filter((each) => isNear(each) && (each.stalenessMs ?? Infinity) <= maxStalenessMs);
    this.oracle.count('zone compared');
    if (near.length === 0) return undefined;
    return `${near.map(({ address }) => address.name).join(' and ')} is in the zone`;
  }
}

function knownRule(rule: RoutingRule): KnownRule {
  if (rule.weights) return sharesRule(rule.weights);
  return READ_RULES.find((known) => known.rule.name === rule.name) ?? forNoRead(rule);
}
