import { NoFitNodeError, NoPrimaryError } from '../errors';
import type { NodeStatus, TopologySnapshot } from '../topology/snapshot';
import type { Balancer } from './balancer';

/** What a statement, or a transaction, needs. */
export interface Requirement {
  readonly target: 'primary' | 'replica';
  /** One word for headers and metrics: why it needs that. */
  readonly reason: string;
}

/** Which node, and why. */
export interface Decision {
  readonly node: NodeStatus;
  readonly reason: string;
}

export interface DecideContext {
  readonly snapshot: TopologySnapshot;
  readonly balance: Balancer;
  /** How busy a node is; any scale. */
  readonly loadOf: (node: NodeStatus) => number;
  readonly random: () => number;
  /** Nodes that have just failed this very statement. */
  readonly exclude?: ReadonlySet<string>;
}

/**
 * Which node may run this. Pure and synchronous. A read goes to a fit replica; without one to the primary; without
 * a primary to a replica that answers, though nothing proves it fresh: there is nothing fresher to be had.
 * Throws NoPrimaryError or NoFitNodeError.
 */
export function decide(need: Requirement, context: DecideContext): Decision {
  const { snapshot } = context;
  if (need.target === 'primary') {
    if (!snapshot.primary) throw new NoPrimaryError(describe(snapshot));
    return { node: snapshot.primary, reason: need.reason };
  }
  const fit = pick(snapshot.fitReplicas, context);
  if (fit) return { node: fit, reason: need.reason };
  if (snapshot.primary && !context.exclude?.has(snapshot.primary.address.name)) {
    return { node: snapshot.primary, reason: 'no-fit-replica' };
  }
  const stale = snapshot.primary ? undefined : pick(snapshot.staleReplicas, context);
  if (stale) return { node: stale, reason: 'primary-lost' };
  throw new NoFitNodeError(describe(snapshot));
}

function pick(candidates: readonly NodeStatus[], context: DecideContext): NodeStatus | undefined {
  const { exclude, balance, loadOf, random } = context;
  const left = exclude?.size ? candidates.filter((node) => !exclude.has(node.address.name)) : candidates;
  return left.length === 0 ? undefined : balance(left, loadOf, random);
}

function describe(snapshot: TopologySnapshot): string {
  return snapshot.nodes.map((node) => `${node.address.name} is ${node.state} (${node.reason})`).join(', ');
}
