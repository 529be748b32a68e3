import type { LogPosition, Position } from '../engine/position';
import type { ReplayProgress } from '../cluster/replay-progress';
import { NoFitNodeError, NoPrimaryError } from '../errors';
import { configuredFor } from '../engine/node-address';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';
import { type Balancer, twoRandomChoices, weightedTwoChoices } from './balancer';
import { drawTwo, nearAmong } from './candidates';
import { lastResort } from './last-resort';
import { type ReplicaGroup, ReplicaGroups, stalenessObjection } from './groups/replica-groups';

/** What a statement or a transaction needs. */
export interface Requirement {
  readonly target: 'primary' | 'replica';
  /** Why the target is needed: one word for headers and metrics. */
  readonly reason: string;
  /** Reads only: the replica group that serves the read. */
  readonly group?: ReplicaGroup | undefined;
  /** Reads only: the maximum age of the node's data, in milliseconds, which holds even as a last resort. */
  readonly maxStalenessMs?: number | undefined;
  /** Reads only: share of the reads by node; 1 where none is given. */
  readonly weights?: ReadonlyMap<string, number> | undefined;
  /** Reads only: a position that the node must have replayed. */
  readonly position?: Position | undefined;
  /** Reads only: a session that has seen nothing yet will advance by the read's position. */
  readonly isOfSession?: boolean | undefined;
}

/** The chosen node, and why, in one word. */
export interface Decision {
  readonly node: NodeStatus;
  readonly reason: string;
}

/** How to choose among the nodes that may serve. */
export interface DecideContext {
  readonly balance: Balancer;
  /** How busy a node is, on any scale. */
  readonly loadOf: (node: NodeStatus) => number;
  readonly random: () => number;
  /** Nodes to prefer while one of them is fit: those in the caller's zone. */
  readonly isNear?: ((node: NodeStatus) => boolean) | undefined;
  /** Names of nodes that have just failed this statement. */
  readonly exclude?: ReadonlySet<string>;
  readonly groups?: ReplicaGroups;
  /**
   * How far each replica has replayed, as earlier reads have learned. This only guides the choice: the
   * connection that reads proves the position.
   */
  readonly progress?: ReplayProgress | undefined;
  /**
   * The longest expected wait for a position, in milliseconds; a replica that needs longer is passed over.
   */
  readonly maxWaitMs?: number;
}

const NO_GROUPS = new ReplicaGroups();

/**
 * Chooses the node that runs a statement. Pure and synchronous. A read goes to a fit replica, of its group if
 * it has one; otherwise to any replica that serves other reads; without one to the primary; and without a
 * primary to the freshest node that answers, even one that is kept for a group or not known to be fresh (see
 * lastResort). A bound on the staleness holds in every case, and so does a position: only nodes on its
 * timeline can have it, and the primary of a later one. Throws NoPrimaryError when the primary is needed and
 * there is none; NoFitNodeError when no node can serve the read.
 */
export function decide(need: Requirement, snapshot: TopologySnapshot, context: DecideContext): Decision {
  const { groups = NO_GROUPS } = context;
  if (need.target === 'primary') {
    if (!snapshot.primary) throw new NoPrimaryError(snapshot.noPrimaryBecause);
    return { node: snapshot.primary, reason: need.reason };
  }
  const fit = pick(groups.candidates(snapshot, need.group), need, context);
  if (fit) return { node: fit, reason: need.reason };
  const other = need.group && pick(groups.candidates(snapshot), need, context);
  if (other) return { node: other, reason: 'group-unfit' };
  if (primaryObjection(need, snapshot, context) === undefined && snapshot.primary) {
    const isBehind = need.position !== undefined && groups.candidates(snapshot, need.group).length > 0;
    return { node: snapshot.primary, reason: isBehind ? 'replicas-behind' : 'no-fit-replica' };
  }
  // No other node is left, so the wait may be long.
  const patient = { ...context, maxWaitMs: Infinity };
  const last = pick(snapshot.fitReplicas, need, patient);
  if (last) return { node: last, reason: 'no-other-node' };
  const resort =
    snapshot.primary === undefined &&
    lastResort(
      snapshot,
      (node) => needObjection(node, need) === undefined,
      ({ address }) => context.exclude?.has(address.name) === true,
    );
  const left = resort && pick(resort.nodes, need, patient);
  if (left) return { node: left, reason: resort.reason };
  throw new NoFitNodeError(describe(snapshot, need));
}

function primaryObjection(
  need: Requirement,
  { primary }: TopologySnapshot,
  { exclude }: DecideContext,
): string | undefined {
  if (!primary || exclude?.has(primary.address.name)) return 'it has failed';
  return need.position && (primary.timeline ?? 0) < need.position.timeline
    ? `it is on timeline ${String(primary.timeline)}, and the session on ${need.position.timeline}`
    : undefined;
}

/** Why the node must not serve this read, leaving groups aside; undefined when it may. */
export function needObjection(node: NodeStatus, need: Requirement): string | undefined {
  const { maxStalenessMs, weights, position, isOfSession } = need;
  if (node.isContested && (position || isOfSession)) {
    return `two nodes write timeline ${String(node.timeline)}, so a session's position on it is ambiguous`;
  }
  if (node.isFenced && maxStalenessMs !== undefined)
    return 'its staleness is unknown: there are two primaries';
  if (weights && configuredFor(node.address, (name) => weights.get(name)) === 0) return 'its weight is 0';
  if (position && node.timeline !== position.timeline) {
    return `it is on timeline ${String(node.timeline)}, and the session on ${position.timeline}`;
  }
  return maxStalenessMs === undefined ? undefined : stalenessObjection(node, maxStalenessMs, 'of this read');
}

function pick(
  candidates: readonly NodeStatus[],
  need: Requirement,
  context: DecideContext,
): NodeStatus | undefined {
  const { exclude, balance, loadOf, random, isNear } = context;
  const { weights, position } = need;
  // Two random choices need two candidates; every other way to choose looks at all of them.
  if (balance === twoRandomChoices && !weights) {
    const near = isNear ? nearAmong(candidates, isNear) : candidates;
    const two = drawTwo(near, (node) => canServeNow(node, need, context), random);
    if (two) return balance(two, loadOf, random);
  }
  let left = exclude?.size ? candidates.filter((node) => !exclude.has(node.address.name)) : candidates;
  if (need.maxStalenessMs !== undefined || weights || position || need.isOfSession) {
    left = left.filter((node) => needObjection(node, need) === undefined);
  }
  if (position) left = thoseThatHave(position.log, left, context);
  if (left.length === 0) return undefined;
  if (isNear) {
    const near = left.filter(isNear);
    if (near.length > 0) left = near;
  }
  if (!weights) return balance(left, loadOf, random);
  return weightedTwoChoices(
    left,
    (node) => configuredFor(node.address, (name) => weights.get(name)) ?? 1,
    loadOf,
    random,
  );
}

/** Whether the node may serve the read, and seems to have its position already. */
function canServeNow(node: NodeStatus, need: Requirement, { exclude, progress }: DecideContext): boolean {
  const { name } = node.address;
  if (exclude?.has(name) || needObjection(node, need) !== undefined) return false;
  return !need.position || !progress || progress.waitMsUntil(name, need.position.log) === 0;
}

/** Replicas that seem to have the position; if there are none, those expected to have it soon. */
function thoseThatHave(
  log: LogPosition,
  candidates: readonly NodeStatus[],
  { progress, maxWaitMs = 0 }: DecideContext,
): readonly NodeStatus[] {
  if (!progress) return candidates;
  const have: NodeStatus[] = [];
  const soon: NodeStatus[] = [];
  for (const node of candidates) {
    const waitMs = progress.waitMsUntil(node.address.name, log);
    if (waitMs === 0) have.push(node);
    else if (waitMs <= maxWaitMs) soon.push(node);
  }
  return have.length > 0 ? have : soon;
}

function describe(snapshot: TopologySnapshot, need: Requirement): string {
  return snapshot.nodes
    .map((node) => {
      const objection = needObjection(node, need);
      const why = objection === undefined ? node.reason : `${node.reason}; ${objection}`;
      return `${node.address.name} is ${node.state} (${why})`;
    })
    .join(', ');
}
