import type { RouteExplanation } from 'db-routing';

const LABEL_WIDTH = 13;

/** Formats an explanation for people: one fact per line, the deciding ones first. */
export function describeRoute(explanation: RouteExplanation): string {
  const { understood, rule, hint, requirement, decision, leftOut, notes, shadow } = explanation;
  const { tables, functions } = understood;
  const facts: [string, string | undefined][] = [
    [
      'understood',
      `${understood.kind}: ${understood.reason}${understood.detail === null ? '' : `, ${understood.detail}`}`,
    ],
    ['tables', tables.length > 0 ? tables.join(', ') : undefined],
    ['functions', functions.length > 0 ? functions.join(', ') : undefined],
    ['fingerprint', understood.fingerprint],
    ['rule', rule ? `${rule.index}${rule.name === undefined ? '' : ` '${rule.name}'`}` : 'none'],
    ['hint', hint ? `${hint.to}, in ${hint.source === 'code' ? 'the code' : 'a comment'}` : 'none'],
    ['needs', needs(requirement)],
    [
      'goes to',
      decision
        ? `${decision.node}, ${decision.role}: ${decision.reason}`
        : `nowhere: ${explanation.refusal ?? ''}`,
    ],
    ...leftOut.map(({ node, role, state, why }): [string, string] => [
      'left out',
      `${node}, ${role}, ${state}: ${why}`,
    ]),
    ...notes.map((note): [string, string] => ['note', note]),
    [
      'on trial',
      shadow
        ? `rule ${shadow.rule.name ?? shadow.rule.index}: ${shadow.would} instead of ${shadow.did}`
        : undefined,
    ],
  ];
  return facts
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(LABEL_WIDTH)}${value ?? ''}`)
    .join('\n');
}

function needs({ target, reason, read, group, timeoutMs, weights }: RouteExplanation['requirement']): string {
  const parts = [`the ${target}`];
  if (target === 'replica') {
    parts[0] = group === null ? 'a replica' : `a replica of the group '${group}'`;
    parts.push(
      read.level === 'bounded' ? `at most ${read.maxStalenessMs} ms stale` : `consistency ${read.level}`,
    );
  }
  if (weights)
    parts.push(
      `weights ${Object.entries(weights)
        .map(([node, weight]) => `${node}=${weight}`)
        .join(' ')}`,
    );
  if (timeoutMs !== null) parts.push(`within ${timeoutMs} ms`);
  return `${parts.join(', ')} (${reason})`;
}
