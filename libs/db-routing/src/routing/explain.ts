import type { ReadRequirement } from '../consistency/read-requirement';
import { RoutingError } from '../errors';
import type { QualifiedName, Statement } from '../engine/statement';
import type { NodeStatus, TopologySnapshot } from '../cluster/topology/snapshot';
import { decide, type DecideContext, type Decision, needObjection } from './decide';
import { ReplicaGroups } from './groups/replica-groups';
import type { RoutePlan } from './route-plan';
import type { CompiledRule, RuleReference } from './rules/compiled-rule';
import { textFacts } from './text/text-facts';

/** How a statement would be routed now, and why. A plain object that JSON preserves. */
export interface RouteExplanation {
  readonly text: string;
  /** What the statement needs: 'replica' means a read that replicas may serve. */
  readonly target: 'primary' | 'replica';
  readonly understood: {
    readonly kind: string;
    readonly target: 'primary' | 'replica';
    readonly reason: string;
    readonly detail: string | null;
    readonly backendState: string;
    readonly tables: readonly string[];
    readonly functions: readonly string[];
    readonly fingerprint: string;
    readonly tags: Readonly<Record<string, string>>;
  };
  readonly rule: RuleReference | null;
  readonly hint: { readonly to: string; readonly source: 'code' | 'comment' } | null;
  /** What rules or hints asked for in vain. */
  readonly notes: readonly string[];
  readonly isDenied: boolean;
  readonly requirement: {
    readonly target: 'primary' | 'replica';
    readonly reason: string;
    readonly read: ReadRequirement;
    readonly group: string | null;
    readonly timeoutMs: number | null;
    readonly weights: Readonly<Record<string, number>> | null;
  };
  /** Null when no node can run it now, or when a rule denies it. */
  readonly decision: { readonly node: string; readonly role: string; readonly reason: string } | null;
  /** Why there is no decision; null when there is one. */
  readonly refusal: string | null;
  readonly leftOut: readonly {
    readonly node: string;
    readonly role: string;
    readonly state: string;
    readonly why: string;
  }[];
  /**
   * The shadow rule that matches the statement; `seen` and `changed` count the statements that the rule has
   * matched, and would have changed, so far.
   */
  readonly shadow: {
    readonly rule: RuleReference;
    readonly would: string;
    readonly did: string;
    readonly seen: number;
    readonly changed: number;
  } | null;
}

/** How often a rule has matched, and how often a shadow rule would have changed something. */
export interface RuleCount {
  readonly rule: RuleReference;
  readonly seen: number;
  readonly changed: number;
}

/** Explains a plan. Calls the same functions as the real routing, so that the two cannot differ. */
export function explainPlan(
  statement: Statement,
  plan: RoutePlan,
  snapshot: TopologySnapshot,
  context: DecideContext,
  countOf: (rule: RuleReference) => Omit<RuleCount, 'rule'>,
): RouteExplanation {
  const facts = textFacts(statement.text);
  const { decision, refusal } = plan.isDenied ? denied(plan) : attempt(plan, snapshot, context);
  const { target, reason, read, group, timeoutMs, weights, shadow, hint, rule } = plan;
  return {
    text: statement.text,
    target,
    understood: {
      kind: statement.kind,
      target: statement.target,
      reason: statement.reason,
      detail: statement.detail ?? null,
      backendState: statement.backendState,
      tables: statement.tables.map(printName),
      functions: statement.functions.map(printName),
      fingerprint: facts.fingerprint,
      tags: Object.fromEntries(facts.tags),
    },
    rule: rule ?? null,
    hint: hint ? { to: hint.to, source: hint.source } : null,
    notes: plan.notes,
    isDenied: plan.isDenied,
    requirement: {
      target,
      reason,
      read,
      group: group?.name ?? null,
      timeoutMs: timeoutMs ?? null,
      weights: weights ? Object.fromEntries(weights) : null,
    },
    decision: decision
      ? { node: decision.node.address.name, role: decision.node.role, reason: decision.reason }
      : null,
    refusal,
    leftOut: snapshot.nodes
      .filter((node) => node !== decision?.node)
      .map((node) => ({
        node: node.address.name,
        role: node.role,
        state: node.state,
        why: whyLeftOut(node, plan, decision, snapshot, context),
      })),
    shadow: shadow ? { ...shadow, ...countOf(shadow.rule) } : null,
  };
}

function attempt(
  plan: RoutePlan,
  snapshot: TopologySnapshot,
  context: DecideContext,
): { decision?: Decision; refusal: string | null } {
  try {
    return { decision: decide(plan, snapshot, context), refusal: null };
  } catch (error) {
    if (error instanceof RoutingError) return { refusal: error.message };
    throw error;
  }
}

function denied(plan: RoutePlan): { decision?: Decision; refusal: string } {
  return { refusal: `denied by ${plan.ruleLabel ?? 'a rule'}` };
}

function whyLeftOut(
  node: NodeStatus,
  plan: RoutePlan,
  decision: Decision | undefined,
  snapshot: TopologySnapshot,
  { groups = new ReplicaGroups() }: DecideContext,
): string {
  if (plan.isDenied) return 'the statement is denied';
  if (plan.target === 'primary') {
    return node.role === 'primary' && node !== snapshot.primary
      ? `it is not the one primary: ${node.state}, ${node.reason}`
      : `the statement needs the primary (${plan.reason})`;
  }
  const objection = groups.objection(node, plan.group) ?? needObjection(node, plan);
  if (node.role === 'primary') return decision ? 'a replica can serve it' : `${node.state}: ${node.reason}`;
  if (objection !== undefined) return objection;
  return 'also fit: the less busy of two nodes drawn at random is taken';
}

export function ruleCounts(
  rules: readonly CompiledRule[],
  countOf: (rule: RuleReference) => Omit<RuleCount, 'rule'>,
): readonly RuleCount[] {
  return rules.map(({ index, name }) => ({ rule: { index, name }, ...countOf({ index, name }) }));
}

function printName({ schema, name }: QualifiedName): string {
  return schema === undefined ? name : `${schema}.${name}`;
}
