import type { QualifiedName, Statement } from '../../engine/statement';
import type { RoutingContext } from '../attributes';
import type { TextFacts } from '../text/text-facts';
import type { CheckedRule } from './rule-schema';
import { compilePattern } from './safe-pattern';
import { compileWildcards } from './wildcard';

/** Identifies a rule in errors, events and explanations. */
export interface RuleReference {
  /** Index in the list of rules, from 0. */
  readonly index: number;
  /** Undefined when the rule has no name. */
  readonly name: string | undefined;
}

type Match = NonNullable<CheckedRule['match']>;
type Test<T> = (value: T) => boolean;

/** The schemas that contain the named relation. */
export type SchemasOf = (name: QualifiedName) => readonly string[];

/** Everything that conditions on a statement look at; depends on the text alone. */
export interface StatementFacts {
  readonly statement: Statement;
  readonly text: TextFacts;
  readonly schemasOf: SchemasOf;
}

/**
 * A rule with its conditions compiled into two tests. The first depends on the text alone, so its result can
 * be remembered.
 */
export interface CompiledRule extends RuleReference {
  readonly action: Omit<CheckedRule, 'name' | 'match' | 'shadow'>;
  readonly isShadow: boolean;
  /** `rule 'name'` or `rule 3`. */
  readonly label: string;
  readonly fitsStatement: Test<StatementFacts>;
  /** Undefined when the rule has no condition on the context. */
  readonly fitsContext: Test<RoutingContext> | undefined;
  readonly asksStatement: boolean;
}

export function compileRule(rule: CheckedRule, index: number): CompiledRule {
  const { name, match = {}, shadow = false, ...action } = rule;
  const statementTests = testsOnStatement(match);
  const contextTests = testsOnContext(match);
  return {
    index,
    name,
    label: name === undefined ? `rule ${index}` : `rule '${name}'`,
    action,
    isShadow: shadow,
    fitsStatement: (facts) => statementTests.every((test) => test(facts)),
    fitsContext:
      contextTests.length === 0 ? undefined : (context) => contextTests.every((test) => test(context)),
    asksStatement: statementTests.length > 0,
  };
}

function testsOnStatement(match: Match): Test<StatementFacts>[] {
  const tests: Test<StatementFacts>[] = [];
  const { kind, table, schema, text, fingerprint, tag } = match;
  if (kind) {
    const kinds = new Set<string>(kind);
    tests.push(({ statement }) => kinds.has(statement.kind));
  }
  if (table) {
    const fits = compileWildcards(table);
    tests.push(({ statement, schemasOf }) =>
      statement.tables.some((named) => {
        return fits(named.name) || schemasOf(named).some((found) => fits(`${found}.${named.name}`));
      }),
    );
  }
  if (schema) {
    const fits = compileWildcards(schema);
    tests.push(({ statement, schemasOf }) => {
      const isNamed = statement.tables.some((named) => schemasOf(named).some(fits));
      return isNamed || statement.functions.some((named) => named.schema !== undefined && fits(named.schema));
    });
  }
  if (fingerprint) {
    const fingerprints = new Set(fingerprint);
    tests.push((facts) => fingerprints.has(facts.text.fingerprint));
  }
  if (text) {
    const patterns = text.map(compilePattern);
    tests.push(({ statement }) => patterns.some((fits) => fits(statement.text)));
  }
  for (const [key, values] of Object.entries(tag ?? {})) {
    const fits = compileWildcards(values);
    tests.push((facts) => {
      const value = facts.text.tags.get(key);
      return value !== undefined && fits(value);
    });
  }
  return tests;
}

const SINGLE_ATTRIBUTES = ['user', 'applicationName', 'subject', 'tenant', 'handler', 'transaction'] as const;

function testsOnContext(match: Match): Test<RoutingContext>[] {
  const tests: Test<RoutingContext>[] = [];
  for (const attribute of SINGLE_ATTRIBUTES) {
    const names = match[attribute];
    if (!names) continue;
    const fits = compileWildcards(names);
    tests.push((context) => {
      const value = context[attribute];
      return value !== undefined && fits(value);
    });
  }
  if (match.role) {
    const fits = compileWildcards(match.role);
    tests.push(({ roles = [] }) => roles.some(fits));
  }
  return tests;
}
