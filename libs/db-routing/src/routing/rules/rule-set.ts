import type { Statement } from '../../engine/statement';
import type { RoutingContext } from '../attributes';
import type { ReplicaGroups } from '../groups/replica-groups';
import type { RouteHint } from '../hints/route-hint';
import { describePlan, makePlan, reference, type RoutePlan } from '../route-plan';
import { textFacts } from '../text/text-facts';
import { type CompiledRule, compileRule, type SchemasOf } from './compiled-rule';
import type { CheckedRule } from './rule-schema';

/** What follows from a statement's text, regardless of the caller. */
interface TextVerdict {
  /** Rules whose conditions on the statement match, in order, up to the first that matches every caller. */
  readonly candidates: readonly CompiledRule[];
  /** Whether the caller can make a difference. */
  readonly asksContext: boolean;
  readonly hint: RouteHint | undefined;
  readonly plans: WeakMap<object, Map<number, RoutePlan>>;
}

const NO_HINT = {};

/**
 * One version of the rules. Works out once per statement what depends on the text alone. Statements are
 * shared by text, so the result lasts as long as the statement is remembered; a new set of rules starts
 * empty.
 */
export class RuleSet {
  readonly rules: readonly CompiledRule[];
  readonly mayDeny: boolean;
  /** Whether a rule makes a transaction's durability depend on its statements. */
  readonly durabilityAsksStatements: boolean;
  readonly #verdicts = new WeakMap<Statement, TextVerdict>();
  /** The rules on durability whose conditions on the statement match. */
  readonly #durable = new WeakMap<Statement, readonly CompiledRule[]>();
  readonly #routing: readonly CompiledRule[];
  readonly #durability: readonly CompiledRule[];

  constructor(
    rules: readonly CheckedRule[],
    private readonly groups: ReplicaGroups,
    private readonly schemasOf: SchemasOf,
  ) {
    this.rules = rules.map(compileRule);
    this.#routing = this.rules.filter(({ action }) => action.durability === undefined);
    this.#durability = this.rules.filter(({ action }) => action.durability !== undefined);
    this.mayDeny = this.#routing.some(({ action, isShadow }) => action.deny === true && !isShadow);
    this.durabilityAsksStatements = this.#durability.some(
      ({ asksStatement, isShadow }) => asksStatement && !isShadow,
    );
  }

  /** The plan for a statement. Calls `context` only when a rule depends on it. */
  plan(statement: Statement, context: () => RoutingContext, codeHint: RouteHint | undefined): RoutePlan {
    const verdict = this.#verdictOn(statement);
    const { rule, shadow } = firstOf(verdict.candidates, verdict.asksContext ? context() : undefined);
    // A hint in the statement's own comment overrides one in the surrounding code.
    const hint = verdict.hint ?? codeHint;
    let plans = verdict.plans.get(hint ?? NO_HINT);
    if (!plans) verdict.plans.set(hint ?? NO_HINT, (plans = new Map<number, RoutePlan>()));
    const key = ((rule?.index ?? -1) + 1) * (this.rules.length + 1) + (shadow?.index ?? -1) + 1;
    let plan = plans.get(key);
    if (!plan) plans.set(key, (plan = this.#makePlan(statement, rule, shadow, hint)));
    return plan;
  }

  /** The rule for a whole transaction, whose statements are not known yet. */
  transactionRule(context: RoutingContext): CompiledRule | undefined {
    return firstOf(
      this.#routing.filter(({ asksStatement }) => !asksStatement),
      context,
    ).rule;
  }

  /**
   * The first matching rule on durability. With a statement, this includes rules that match on statements.
   */
  durabilityRule(context: RoutingContext, statement?: Statement): CompiledRule | undefined {
    const candidates = statement
      ? this.#durableFor(statement)
      : this.#durability.filter(({ asksStatement }) => !asksStatement);
    return firstOf(candidates, context).rule;
  }

  #durableFor(statement: Statement): readonly CompiledRule[] {
    let candidates = this.#durable.get(statement);
    if (!candidates) {
      const facts = { statement, text: textFacts(statement.text), schemasOf: this.schemasOf };
      candidates = this.#durability.filter((rule) => rule.fitsStatement(facts));
      this.#durable.set(statement, candidates);
    }
    return candidates;
  }

  #verdictOn(statement: Statement): TextVerdict {
    let verdict = this.#verdicts.get(statement);
    if (verdict) return verdict;
    const text = textFacts(statement.text);
    const facts = { statement, text, schemasOf: this.schemasOf };
    const candidates: CompiledRule[] = [];
    for (const rule of this.#routing) {
      if (!rule.fitsStatement(facts)) continue;
      candidates.push(rule);
      if (!rule.isShadow && !rule.fitsContext) break;
    }
    const asksContext = candidates.some(({ fitsContext }) => fitsContext !== undefined);
    verdict = { candidates, asksContext, hint: text.hint, plans: new WeakMap() };
    this.#verdicts.set(statement, verdict);
    return verdict;
  }

  #makePlan(
    statement: Statement,
    rule: CompiledRule | undefined,
    shadow: CompiledRule | undefined,
    hint: RouteHint | undefined,
  ): RoutePlan {
    const plan = makePlan(statement, rule, hint, this.groups);
    if (!shadow) return plan;
    const would = describePlan(makePlan(statement, shadow, hint, this.groups));
    return { ...plan, shadow: { rule: reference(shadow), would, did: describePlan(plan) } };
  }
}

/**
 * The first matching rule, and the first matching shadow rule before it. Without a context, all candidates
 * match.
 */
function firstOf(
  candidates: readonly CompiledRule[],
  context: RoutingContext | undefined,
): { rule?: CompiledRule; shadow?: CompiledRule } {
  let shadow: CompiledRule | undefined;
  for (const rule of candidates) {
    if (context && rule.fitsContext?.(context) === false) continue;
    if (!rule.isShadow) return shadow ? { rule, shadow } : { rule };
    shadow ??= rule;
  }
  return shadow ? { shadow } : {};
}
