import { ConfigurationError } from '../../errors';
import type { ReplicaGroups } from '../groups/replica-groups';
import { configurationIssue } from './configuration-issue';
import { type CheckedRule, routingRuleSchema, ruleListSchema } from './rule-schema';

/** The nodes and groups that rules may refer to, and the limits of their values. */
export interface RuleLimits {
  readonly nodes: readonly string[];
  readonly groups: ReplicaGroups;
  readonly minStalenessMs: number;
}

/**
 * Checks the `rules` option. Throws ConfigurationError, naming the rule by index and name, the field, the
 * value and the limit, when a rule is invalid.
 */
export function checkRules(input: unknown, limits: RuleLimits): readonly CheckedRule[] {
  const list = ruleListSchema.safeParse(input);
  if (!list.success) throw configurationIssue('rules', list.error, input);
  const rules = list.data.map((entry, index) => {
    const option = `rules[${index}]${nameOf(entry)}`;
    const parsed = routingRuleSchema.safeParse(entry);
    if (!parsed.success) throw configurationIssue(option, parsed.error, entry);
    checkReferences(parsed.data, option, limits);
    return parsed.data;
  });
  const names = rules.map(({ name }) => name);
  const twice = names.findIndex((name, index) => name !== undefined && names.indexOf(name) !== index);
  if (twice >= 0) {
    throw new ConfigurationError(
      `rules[${twice}].name`,
      names[twice],
      `rules[${names.indexOf(names[twice])}] already has this name`,
    );
  }
  return rules;
}

function checkReferences(
  { group, weights, maxStalenessMs }: CheckedRule,
  option: string,
  limits: RuleLimits,
): void {
  const { names } = limits.groups;
  // When no group is configured, the rules may be ahead of the deployment: the group then means every
  // replica.
  if (group !== undefined && names.length > 0 && !names.includes(group)) {
    throw new ConfigurationError(`${option}.group`, group, `must be one of the groups: ${names.join(', ')}`);
  }
  for (const node of Object.keys(weights ?? {})) {
    if (limits.nodes.includes(node)) continue;
    const limit = `must name a node of the connection URL: ${limits.nodes.join(', ')}`;
    throw new ConfigurationError(`${option}.weights`, node, limit);
  }
  if (maxStalenessMs !== undefined && maxStalenessMs < limits.minStalenessMs) {
    throw new ConfigurationError(
      `${option}.maxStalenessMs`,
      maxStalenessMs,
      `must be at least ${limits.minStalenessMs} (2 × probeIntervalMs), or it cannot be observed`,
    );
  }
}

function nameOf(entry: unknown): string {
  const { name } = (typeof entry === 'object' && entry !== null ? entry : {}) as { name?: unknown };
  return typeof name === 'string' ? ` '${name.slice(0, MAX_SHOWN_CHARS)}'` : '';
}

const MAX_SHOWN_CHARS = 64;
