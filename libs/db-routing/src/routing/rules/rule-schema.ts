import { z } from 'zod';
import { CONSISTENCY_LEVELS } from '../../consistency/read-requirement';
import { ROLES } from '../destination';
import { MAX_MATCHED_CHARS, MAX_PATTERN_CHARS, patternObjection } from './safe-pattern';
import { STATEMENT_KINDS } from './statement-kinds';

const MAX_NAME_CHARS = 128;
const MAX_ALTERNATIVES = 100;
const MAX_RULES = 1_000;
const MAX_MS = 86_400_000;
const MAX_WEIGHT = 1_000;

/** The name of a rule or a group, which appears in a header and in metrics. */
export const slug = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, {
  error: 'must be 1 to 64 lower-case letters, digits and inner hyphens',
});
export const milliseconds = z.int().min(1).max(MAX_MS);

const wildcard = z
  .string()
  .min(1)
  .max(MAX_NAME_CHARS)
  .refine((name) => (name.match(/\*/g)?.length ?? 0) <= 4, { error: 'must have at most 4 asterisks' });
const pattern = z
  .string()
  .min(1)
  .max(MAX_PATTERN_CHARS)
  .check((context) => {
    const objection = patternObjection(context.value);
    if (objection !== undefined) {
      context.issues.push({ code: 'custom', message: objection, input: context.value });
    }
  });

/** One value, or a list of which at least one must match. */
function oneOf<T extends z.ZodType<string>>(item: T) {
  return z.union([item, z.array(item).min(1).max(MAX_ALTERNATIVES)]).transform((value) => [value].flat());
}

export const ruleMatchSchema = z.strictObject({
  user: oneOf(wildcard).optional().meta({ description: 'Database user of the pool.' }),
  applicationName: oneOf(wildcard).optional().meta({ description: 'Application name of the pool.' }),
  subject: oneOf(wildcard)
    .optional()
    .meta({ description: "Subject of the request's token, as the service sets it." }),
  role: oneOf(wildcard).optional().meta({ description: 'One of the roles that the service sets.' }),
  tenant: oneOf(wildcard).optional().meta({ description: 'Tenant that the service sets.' }),
  handler: oneOf(wildcard)
    .optional()
    .meta({ description: 'The handler of the request, `Controller.method`; the Nest module sets it.' }),
  transaction: oneOf(wildcard).optional().meta({
    description:
      'Name of the transaction that the statement is part of: `Class.method` for `@Transactional()`, or the configured name.',
  }),
  schema: oneOf(wildcard).optional().meta({
    description:
      'Schema of one of the tables, views or qualified functions that the statement names. A name without a schema is looked up in the catalog; if several schemas contain it, each of them matches.',
  }),
  table: oneOf(wildcard).optional().meta({
    description: 'One of the tables and views that the statement names, as `name` or `schema.name`.',
  }),
  kind: oneOf(z.enum(STATEMENT_KINDS)).optional().meta({ description: 'What the statement is.' }),
  text: oneOf(pattern)
    .optional()
    .meta({
      description: `Regular expression on the first ${MAX_MATCHED_CHARS} characters of the text, ignoring case. Nested repetitions and backreferences are refused.`,
    }),
  fingerprint: oneOf(z.string().regex(/^[0-9a-f]{16}$/, { error: 'must be 16 hexadecimal digits' }))
    .optional()
    .meta({ description: 'Fingerprint of the statement, as `npm run -s route` prints it.' }),
  tag: z.record(z.string().min(1).max(MAX_NAME_CHARS), oneOf(wildcard)).optional().meta({
    description:
      "Tags of a sqlcommenter comment (`/*key='value'*/`), decoded; every tag in the rule must match.",
  }),
});

const ruleFields = z.strictObject({
  name: slug.optional().meta({
    description:
      'Appears in errors, explanations and the reason `rule-<name>`. Default: the number of the rule.',
  }),
  match: ruleMatchSchema
    .optional()
    .meta({ description: 'All conditions must match; a rule without conditions matches every statement.' }),
  role: z.enum(ROLES).optional().meta({ description: 'Where matching reads run.' }),
  group: slug.optional().meta({ description: 'The replica group that serves matching reads.' }),
  consistency: z.enum(CONSISTENCY_LEVELS).optional().meta({
    description:
      '`strong`: the primary. `bounded`: only nodes at most `maxStalenessMs` stale. `session`, `eventual`: any healthy replica.',
  }),
  maxStalenessMs: milliseconds
    .optional()
    .meta({ description: 'With `consistency: bounded`: the bound, in milliseconds.' }),
  timeoutMs: milliseconds.optional().meta({
    description:
      'Limit for one statement outside a transaction, in milliseconds. The pool then cancels it on the server, and it fails with RuleTimeoutError.',
  }),
  weights: z.record(z.string(), z.int().min(0).max(MAX_WEIGHT)).optional().meta({
    description:
      'Share of the reads for each node (`host:port`). Nodes that are not listed have 1; 0 means no reads.',
  }),
  deny: z
    .literal(true)
    .optional()
    .meta({ description: 'The statement fails with DeniedByRuleError, also inside a transaction.' }),
  durability: z.enum(['off', 'local', 'remote_write', 'on', 'remote_apply']).optional().meta({
    description:
      '`synchronous_commit` for transactions that do not set it: what COMMIT waits for. Cannot be combined with another action.',
  }),
  shadow: z.boolean().optional().meta({
    description: 'Only report what the rule would have changed; the pool continues with the next rule.',
  }),
});

const ACTIONS = ['role', 'group', 'consistency', 'timeoutMs', 'weights', 'deny', 'durability'] as const;
/** Conditions that are unknown when a transaction begins. */
const STATEMENT_CONDITIONS = ['schema', 'table', 'kind', 'text', 'fingerprint', 'tag'] as const;

export const routingRuleSchema = ruleFields.check((context) => {
  const rule = context.value;
  const refuse = (path: readonly string[], message: string, input: unknown) =>
    context.issues.push({ code: 'custom', message, path: [...path], input });
  const actions = ACTIONS.filter((action) => rule[action] !== undefined);
  if (actions.length === 0) refuse([], `must have one of ${ACTIONS.join(', ')}`, 'no action');
  if (rule.role !== undefined && rule.group !== undefined) {
    refuse(['group'], 'must not be combined with role', rule.group);
  }
  for (const only of ['deny', 'durability'] as const) {
    const others = actions.filter((action) => action !== only);
    if (rule[only] !== undefined && others.length > 0) {
      refuse([only], `must not be combined with ${others.join(', ')}`, rule[only]);
    }
  }
  if (rule.group !== undefined && (ROLES as readonly string[]).includes(rule.group)) {
    refuse(['group'], 'is not a valid name for a group: use role', rule.group);
  }
  if (rule.consistency === 'bounded' && rule.maxStalenessMs === undefined) {
    refuse(['maxStalenessMs'], 'is required with consistency bounded', rule.maxStalenessMs);
  }
  if (rule.consistency !== 'bounded' && rule.maxStalenessMs !== undefined) {
    refuse(['maxStalenessMs'], 'requires consistency bounded', rule.maxStalenessMs);
  }
  if (rule.consistency === 'strong' && (rule.group !== undefined || rule.role === 'replica')) {
    refuse(['consistency'], 'means the primary, but the rule sends reads to replicas', rule.consistency);
  }
  if (rule.durability === 'off') {
    const unknown = STATEMENT_CONDITIONS.filter((condition) => rule.match?.[condition] !== undefined);
    if (unknown.length > 0) {
      refuse(
        ['durability'],
        `must not depend on ${unknown.join(', ')}: whether a commit may be lost is decided when its transaction begins`,
        'off',
      );
    }
  }
});

export const ruleListSchema = z.array(z.unknown()).max(MAX_RULES);

/** One routing rule as an application writes it. docs/routing-rules.md describes each field. */
export type RoutingRule = z.input<typeof routingRuleSchema>;
export type CheckedRule = z.output<typeof routingRuleSchema>;
