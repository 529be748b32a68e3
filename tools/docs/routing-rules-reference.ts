import { replicaGroupSchema, routingRuleSchema } from 'db-routing';
import { z } from 'zod';
import { code, table } from './table';

interface JsonSchema {
  type?: string;
  description?: string;
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  enum?: string[];
  const?: unknown;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
}

const LONG_ENUM = 8;

/** docs/routing-rules.md: handwritten text around the tables generated from the schemas. */
export function routingRulesPage(): string {
  const rule = z.toJSONSchema(routingRuleSchema, { io: 'input' }) as JsonSchema;
  const group = z.toJSONSchema(replicaGroupSchema, { io: 'input' }) as JsonSchema;
  const { match = {}, ...actions } = rule.properties ?? {};
  const kinds = match.properties?.['kind']?.anyOf?.[0]?.enum ?? [];
  return `${INTRODUCTION}## A rule

${fields({ match: { type: 'object', description: match.description ?? '' }, ...actions })}

## match

The conditions of a rule. \`*\` in a name matches any text. A list matches when one of its values does.

${fields(match.properties ?? {})}

Kinds of statements: ${kinds.map(code).join(', ')}.

## A replica group

${fields(group.properties ?? {})}
${REST}`;
}

function fields(properties: Record<string, JsonSchema>): string {
  return table([
    ['field', 'value', 'meaning'],
    ...Object.entries(properties).map(([name, schema]) => [
      code(name),
      typeOf(schema),
      schema.description ?? '',
    ]),
  ]);
}

function typeOf(schema: JsonSchema): string {
  if (schema.anyOf) return `${typeOf(schema.anyOf[0] ?? {})}, or a list of them`;
  if (schema.enum) return schema.enum.length > LONG_ENUM ? 'a kind, below' : schema.enum.map(code).join(', ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.type === 'integer')
    return `whole number, ${String(schema.minimum)} to ${String(schema.maximum)}`;
  if (schema.type === 'boolean') return `${code('true')} or ${code('false')}`;
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object') {
    return typeof schema.additionalProperties === 'object'
      ? `object of ${typeOf(schema.additionalProperties)}`
      : 'object';
  }
  return schema.maxLength === undefined ? 'text' : `text, up to ${schema.maxLength} characters`;
}

const INTRODUCTION = `# Routing rules

<!-- Generated from the schemas by tools/docs/routing-rules-reference.ts. -->

Routing rules decide where reads run, which statements are refused, and what a commit waits for. The pool tries the rules in
order, and the first rule that matches decides. Rules with \`durability\` form a separate list. The pool checks all rules at
start; \`pool.useRules(rules)\` replaces all of them at once. The services read the rules from \`DATABASE_RULES\` and the replica
groups from \`DATABASE_GROUPS\`, both as JSON:

\`\`\`json
[
  { "name": "archive", "match": { "schema": "archive" }, "group": "reporting" },
  { "name": "vip", "match": { "subject": "vip-*", "table": "orders" }, "role": "primary" },
  { "name": "no-truncate", "match": { "kind": "truncate" }, "deny": true },
  { "name": "views", "match": { "transaction": "CountView.*" }, "durability": "local" }
]
\`\`\`

The services set \`subject\`, \`role\` and \`tenant\` from the verified bearer token: from its claims \`sub\`, \`roles\` (a list of at
most 32 texts) and \`tenant\` (a text), each text 1 to 128 printable characters. The services answer 401 to a token whose
claims have another shape. If your issuer names its claims differently, change \`libs/service-kit/src/auth/caller.ts\`. To try
rules, make a token with \`npm run -s token -- alice --role support --tenant acme\`.

No rule changes the following:

- A statement that is not provably a read runs on the primary. The pool ignores a rule or hint that asks for a replica, and
  the explanation says so.
- A statement inside a transaction runs on that transaction's connection. Rules that deny also apply there.
- A read-only transaction is placed as a whole when it begins, so only rules without conditions on statements apply to it.

Order of precedence: the needs of the statement itself, then a rule that denies, then a hint in the statement's comment, then
the innermost hint in the code, then the rule. When a hint overrides a rule, the rule's other actions (limits, weights) still
apply.

`;

const REST = `
- Reads of a group run on its nodes. While none of them is healthy, they run on the replicas that serve other reads, then on
  the primary.
- Reads without a group avoid the nodes of a group unless nothing else is left.
- A group that is not configured consists of every replica, so code may name a group before the deployment configures it.
- The limits apply to each process.
- A bound on the staleness of a read (\`consistency: bounded\`, or a hint's \`maxStalenessMs\`) always applies: if no node is
  proven fresh enough, the read fails. Staleness is measured at the node's last probe.

## Hints

\`\`\`ts
@ReadFrom('reporting', { maxStalenessMs: 60_000 })   // a method
await readFrom('reporting', () => repository.find()); // a function
await onPrimary(() => repository.find());
\`\`\`

\`\`\`sql
/*+ route(primary) */ SELECT …
SELECT … /*route='reporting'*/
\`\`\`

A hint names \`primary\`, \`replica\` or a group. Quoted text and line comments are not hints.

## Durability

A rule with \`durability\` sets \`synchronous_commit\` for transactions that do not set it themselves. If the rule matches by
\`transaction\`, \`handler\`, \`user\`, \`subject\`, \`role\` or \`tenant\`, the value is set at BEGIN. If it matches by the kind or the
tables of a statement, the first write sets the value and later writes can only raise it, so \`off\` is not allowed there.
Statements outside a transaction keep the server's default.

## Inspecting routing decisions

\`npm run -s route -- "SELECT …"\` (optionally with \`--subject\`, \`--role\` and \`--tenant\`) and \`pool.explainRoute(sql)\` report how
the statement was classified, which rule or hint decided, which node would run it now, and why each other node would not.
\`pool.ruleCounts\` counts how often each rule matched. A rule with \`shadow: true\` changes nothing: the pool's event \`shadow\`
reports what the rule would have done.
`;
