import { ambientReadConsistency } from '../consistency/ambient-level';
import type { ReadRequirement } from '../consistency/read-requirement';
import { DeniedByRuleError } from '../errors';
import { type RoutingAttributes, routingAttributes, type RoutingContext } from './attributes';
import type { TopologySnapshot } from '../cluster/topology/snapshot';
import type { DecideContext } from './decide';
import { explainPlan, type RouteExplanation, type RuleCount, ruleCounts } from './explain';
import { ambientHint } from './hints/ambient-hint';
import { makePlan, planAtLevel, type RoutePlan } from './route-plan';
import { checkRules, type RuleLimits } from './rules/check-rules';
import type { RuleReference, SchemasOf } from './rules/compiled-rule';
import type { CheckedRule } from './rules/rule-schema';
import { RuleSet } from './rules/rule-set';
import type { Statement } from '../engine/statement';
import type { Characteristics } from '../engine/characteristics';
import type { Engine } from '../engine/engine';
import type { Route } from './route';

/** A shadow rule matched a statement. */
export interface ShadowReport {
  readonly rule: RuleReference;
  readonly statement: string;
  /** What the rule would have done, and what was done; equal when the rule would have changed nothing. */
  readonly would: string;
  readonly did: string;
}

/**
 * The caller that a statement is explained for; fields that are left out come from the calling code's own
 * context.
 */
export type ExplainContext = RoutingAttributes &
  Partial<Pick<RoutingContext, 'user' | 'applicationName' | 'transaction'>>;

export interface RouterOptions {
  readonly engine: Pick<Engine, 'mayRunOnReplica'>;
  readonly user: string;
  readonly applicationName: string;
  readonly rules: readonly CheckedRule[];
  readonly limits: RuleLimits;
  readonly schemasOf: SchemasOf;
  /** Name of the transaction that the calling code runs in; undefined outside a transaction. */
  readonly currentTransaction: () => string | undefined;
  /** For reads whose consistency level neither the code nor a rule sets; undefined: `session`. */
  readonly readConsistency?: ReadRequirement | undefined;
  readonly onShadow: (report: ShadowReport) => void;
}

interface Count {
  seen: number;
  changed: number;
}

/** Applies the current rules to the calling code's statements. */
export class Router {
  #rules: RuleSet;
  #counts = new Map<number, Count>();

  constructor(private readonly options: RouterOptions) {
    this.#rules = this.#ruleSet(options.rules);
  }

  /**
   * Replaces all rules at once, and resets the counts. Throws ConfigurationError, and changes nothing, when a
   * rule is invalid.
   */
  useRules(input: unknown): void {
    this.#rules = this.#ruleSet(checkRules(input, this.options.limits));
    this.#counts = new Map();
  }

  /** How often each rule has matched. */
  get counts(): readonly RuleCount[] {
    return ruleCounts(this.#rules.rules, (rule) => this.#countOf(rule));
  }

  get durabilityAsksStatements(): boolean {
    return this.#rules.durabilityAsksStatements;
  }

  /** The plan for an autocommit statement. Counts the rule that applies, and reports shadow rules. */
  plan(statement: Statement): RoutePlan {
    const plan = this.#rules.plan(statement, this.#context, ambientHint());
    if (plan.rule) this.#count(plan.rule, true);
    if (plan.shadow) this.#reportShadow(plan);
    return this.#atLevel(plan);
  }

  #atLevel(plan: RoutePlan): RoutePlan {
    const asked = ambientReadConsistency() ?? this.options.readConsistency;
    return asked ? planAtLevel(plan, asked) : plan;
  }

  /**
   * Throws DeniedByRuleError when a rule denies the statement. Called for every statement, wherever it runs,
   * except those that end a transaction: denying them would only leave the transaction open.
   */
  assertAllowed(statement: Statement): void {
    if (!this.#rules.mayDeny || statement.reason === 'transaction-control') return;
    const plan = this.#rules.plan(statement, this.#context, ambientHint());
    if (!plan.isDenied || !plan.rule) return;
    this.#count(plan.rule, true);
    throw new DeniedByRuleError(plan.ruleLabel ?? '', statement.text);
  }

  /**
   * The route for a whole transaction. Read-only transactions may be sent to a group before their statements
   * are known.
   */
  transactionNeed(characteristics: Characteristics, reason: string): Route {
    if (!this.options.engine.mayRunOnReplica(characteristics)) {
      const { readOnly } = characteristics;
      return { target: 'primary', reason, ...(readOnly && { read: { level: 'strong' } }) };
    }
    const { name: text } = characteristics;
    const rule = this.#rules.transactionRule({ ...this.#context(), transaction: text });
    if (rule) this.#count(rule, true);
    return this.#atLevel(
      makePlan(
        { text, target: 'replica', backendState: 'none', reason },
        rule,
        ambientHint(),
        this.options.limits.groups,
      ),
    );
  }

  /** Fills in the durability from a rule when the transaction sets none. */
  characterise(asked: Characteristics): Characteristics {
    if (asked.readOnly || asked.durability !== undefined) return asked;
    const rule = this.#rules.durabilityRule({ ...this.#context(), transaction: asked.name });
    const durability = rule?.action.durability;
    if (!rule || durability === undefined) return asked;
    this.#count(rule, true);
    // A commit that can be lost after its acknowledgement has no position to promise.
    return { ...asked, durability, issuesToken: durability !== 'off' && asked.issuesToken };
  }

  /** The durability that a rule sets for the statement as part of the current transaction. */
  durabilityOf(statement: Statement): Characteristics['durability'] {
    return this.#rules.durabilityRule(this.#context(), statement)?.action.durability;
  }

  /** Explains how a statement would be routed. Changes and counts nothing. */
  explain(
    statement: Statement,
    given: ExplainContext,
    snapshot: TopologySnapshot,
    context: DecideContext,
  ): RouteExplanation {
    const asked: RoutingContext = { ...this.#context(), ...given };
    const plan = this.#atLevel(this.#rules.plan(statement, () => asked, ambientHint()));
    const notes =
      asked.transaction === undefined
        ? plan.notes
        : [
            ...plan.notes,
            `inside the transaction '${asked.transaction}' it runs on that transaction's connection`,
          ];
    return explainPlan(statement, { ...plan, notes }, snapshot, context, (rule) => this.#countOf(rule));
  }

  #ruleSet(rules: readonly CheckedRule[]): RuleSet {
    return new RuleSet(rules, this.options.limits.groups, this.options.schemasOf);
  }

  /** Names each field: a spread would cost each statement a microsecond. */
  readonly #context = (): RoutingContext => {
    const { user, applicationName, currentTransaction } = this.options;
    const { subject, roles, tenant, handler } = routingAttributes();
    return { user, applicationName, transaction: currentTransaction(), subject, roles, tenant, handler };
  };

  #reportShadow({ shadow, text }: RoutePlan): void {
    if (!shadow) return;
    this.#count(shadow.rule, shadow.would !== shadow.did);
    this.options.onShadow({ ...shadow, statement: text });
  }

  #count({ index }: RuleReference, hasChanged: boolean): void {
    let count = this.#counts.get(index);
    if (!count) this.#counts.set(index, (count = { seen: 0, changed: 0 }));
    count.seen += 1;
    if (hasChanged) count.changed += 1;
  }

  #countOf({ index }: RuleReference): Count {
    return this.#counts.get(index) ?? { seen: 0, changed: 0 };
  }
}
