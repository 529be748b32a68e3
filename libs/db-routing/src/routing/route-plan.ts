import { type ReadRequirement, stricterOf } from '../consistency/read-requirement';
import type { Statement } from '../engine/statement';
import type { Requirement } from './decide';
import { type Destination, isRole } from './destination';
import type { ReplicaGroups } from './groups/replica-groups';
import type { RouteHint } from './hints/route-hint';
import type { CompiledRule, RuleReference } from './rules/compiled-rule';

/** What rules and hints make of a statement; shared by all statements with the same text, rule and hint. */
export interface RoutePlan extends Requirement {
  readonly text: string;
  readonly read: ReadRequirement;
  /** Whether neither the statement nor a rule nor a hint sets the consistency level. */
  readonly isReadLeftOpen: boolean;
  /** The rule that applied, by its index and name. */
  readonly rule?: RuleReference | undefined;
  readonly ruleLabel?: string | undefined;
  readonly hint?: RouteHint | undefined;
  readonly timeoutMs?: number | undefined;
  readonly isDenied: boolean;
  /** What the rule or hint asked for in vain, in sentences for people. */
  readonly notes: readonly string[];
  readonly shadow?: ShadowVerdict | undefined;
}

/** What a shadow rule would have done. */
export interface ShadowVerdict {
  readonly rule: RuleReference;
  readonly would: string;
  readonly did: string;
}

const STRONG: ReadRequirement = { level: 'strong' };

/** The part of a statement that a plan depends on; a whole transaction is planned the same way. */
export type Plannable = Pick<Statement, 'text' | 'target' | 'backendState'> & { readonly reason: string };

/**
 * Makes the plan for a statement. A hint overrides where a rule sends the statement; everything else comes
 * from the rule. Only the statement itself decides whether it may run on a replica.
 */
export function makePlan(
  statement: Plannable,
  rule: CompiledRule | undefined,
  hint: RouteHint | undefined,
  groups: ReplicaGroups,
): RoutePlan {
  const notes: string[] = [];
  const isRead = statement.target === 'replica' && statement.backendState === 'none';
  const action = rule?.action ?? {};
  const fromRule: Destination | undefined = action.role ?? action.group;
  const isStrong = action.consistency === 'strong';
  const askedBy = hint
    ? `the hint in ${hint.source === 'code' ? 'the code' : 'a comment'}`
    : (rule?.label ?? '');
  const to = hint?.to ?? (isStrong ? 'primary' : fromRule);
  // Every field that a plan may set is here, so that all plans share one hidden class: each statement
  // reads some ten of them.
  const common = {
    text: statement.text,
    notes,
    rule: rule && reference(rule),
    ruleLabel: rule?.label,
    hint,
    timeoutMs: action.timeoutMs,
    isDenied: action.deny === true,
    target: 'primary',
    reason: statement.reason,
    group: undefined,
    maxStalenessMs: undefined,
    weights: undefined,
    read: STRONG,
    isReadLeftOpen: false,
    shadow: undefined,
  } satisfies RoutePlan;

  if (hint && fromRule !== undefined && fromRule !== hint.to) {
    notes.push(`${rule?.label ?? ''} asks for ${fromRule}: the hint overrides it`);
  }
  if (!isRead) {
    if (to !== undefined && to !== 'primary') {
      notes.push(`${askedBy} asks for ${to}, but this is not provably a read (${statement.reason}): ignored`);
    }
    return common;
  }
  const reason = to === undefined ? statement.reason : reasonOf(rule, hint);
  if (to === 'primary') return { ...common, reason };
  const group = to === undefined || isRole(to) ? undefined : groups.get(to);
  if (group && !groups.has(group.name)) {
    notes.push(`no group '${group.name}' is configured: any replica serves it`);
  }
  const maxStalenessMs = strictest(hint?.maxStalenessMs, action.maxStalenessMs);
  return {
    ...common,
    target: 'replica',
    reason,
    group,
    maxStalenessMs,
    weights: action.weights && new Map(Object.entries(action.weights)),
    read:
      maxStalenessMs === undefined
        ? { level: action.consistency === 'eventual' ? 'eventual' : 'session' }
        : { level: 'bounded', maxStalenessMs },
    isReadLeftOpen: maxStalenessMs === undefined && action.consistency === undefined,
  };
}

/**
 * The plan for a caller that asks for a consistency level: the stricter of that level and the one set by a
 * rule or hint. A bound on the staleness holds at every level, because a session's position says nothing
 * about age.
 */
export function planAtLevel(plan: RoutePlan, asked: ReadRequirement): RoutePlan {
  if (plan.target === 'primary') return plan;
  const read = plan.isReadLeftOpen ? asked : stricterOf(plan.read, asked);
  if (read.level === 'strong') return { ...plan, target: 'primary', reason: 'strong', read };
  const askedMs = asked.level === 'bounded' ? asked.maxStalenessMs : undefined;
  return { ...plan, read, maxStalenessMs: strictest(plan.maxStalenessMs, askedMs) };
}

/** A short description, used to compare plans. */
export function describePlan(plan: RoutePlan): string {
  if (plan.isDenied) return 'denied';
  const { target, group, maxStalenessMs, weights, timeoutMs } = plan;
  const parts: string[] = [group ? `group ${group.name}` : target];
  if (maxStalenessMs !== undefined) parts.push(`at most ${maxStalenessMs} ms stale`);
  if (weights) parts.push(`weights ${[...weights].map(([node, weight]) => `${node}=${weight}`).join(' ')}`);
  if (timeoutMs !== undefined) parts.push(`limit ${timeoutMs} ms`);
  return parts.join(', ');
}

export function reference({ index, name }: RuleReference): RuleReference {
  return { index, name };
}

function reasonOf(rule: CompiledRule | undefined, hint: RouteHint | undefined): string {
  return hint ? 'hint' : `rule-${rule?.name ?? rule?.index ?? ''}`;
}

function strictest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
