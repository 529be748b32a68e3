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

/** docs/routing-rules.md: what is written by hand around what the schemas say. */
export function routingRulesPage(): string {
  const rule = z.toJSONSchema(routingRuleSchema, { io: 'input' }) as JsonSchema;
  const group = z.toJSONSchema(replicaGroupSchema, { io: 'input' }) as JsonSchema;
  const { match = {}, ...actions } = rule.properties ?? {};
  const kinds = match.properties?.['kind']?.anyOf?.[0]?.enum ?? [];
  return `${INTRODUCTION}## A rule

${fields({ match: { type: 'object', description: match.description ?? '' }, ...actions })}

## match

\`*\` in a name stands for any text. A list holds when one of its values does.

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

Rules say where reads go, what is refused and what a commit waits for. They are tried in order, and the first that holds decides;
rules on durability are a list of their own. They are checked at the start, and \`pool.useRules(rules)\` replaces all of them at
once. The services read them from \`DATABASE_RULES\`, the groups from \`DATABASE_GROUPS\`, both as JSON:

\`\`\`json
[
  { "name": "archive", "match": { "schema": "archive" }, "group": "reporting" },
  { "name": "vip", "match": { "subject": "vip-*", "table": "orders" }, "role": "primary" },
  { "name": "no-truncate", "match": { "kind": "truncate" }, "deny": true },
  { "name": "views", "match": { "transaction": "CountView.*" }, "durability": "local" }
]
\`\`\`

What no rule changes:

- What is not provably a read runs on the primary. A rule or hint that asks for a replica is ignored then, and the explanation says so.
- What belongs to a transaction runs on its connection. Rules that deny hold there too.
- A read-only transaction is placed when it begins, as a whole: only rules without conditions on statements are asked.

Which goes first: the statement itself, then a rule that denies, then the hint in the statement's comment, then the innermost hint in the code, then
the rule. A rule that a hint goes before keeps its other actions (limits, weights).

`;

const REST = `
Reads of a group go to its nodes; while none of them is fit, to the replicas that serve other reads; then to the primary. Reads of no group
stay off a group's nodes unless nothing else is left. A group that is not configured is every replica, so code may
name one before the deployment has it. The limits hold in each process. A bound on the staleness of a read
(\`consistency: bounded\`, or a hint's \`maxStalenessMs\`) holds whatever happens: where no node is proven fresh
enough, the read fails. It is measured at the node's last probe.

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

\`primary\`, \`replica\` or the name of a group. Text in quotes is no hint, nor is a line comment.

## Durability

A rule with \`durability\` sets \`synchronous_commit\` for transactions that name none. By \`transaction\`, \`handler\`, \`user\`, \`subject\`, \`role\` or
\`tenant\` it is settled at BEGIN. By what a statement is, or its tables, the first write settles it and later writes
can only raise it; so \`off\` is not possible there. Statements outside of a transaction keep the server's default.

## Seeing what happens

\`npm run -s route -- "SELECT …"\` and \`pool.explainRoute(sql)\` say what was understood, which rule or hint decided, which node is taken now
and why each other one is left out. \`pool.ruleCounts\` counts how often each rule held. A rule with \`shadow: true\` changes nothing:
the pool's event \`shadow\` reports what it would have done.
`;
