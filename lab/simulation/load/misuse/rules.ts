import type { Mistake } from './mistake';

function rule(what: string, bad: unknown, says: RegExp): Mistake {
  return { what, act: ({ parts }) => parts.router.useRules(bad), error: 'ConfigurationError', says };
}

const repeated = (pattern: string) => [{ name: 'r', match: { text: pattern }, role: 'primary' }];

/** Rules that cannot work: the pool keeps those that it has. */
export const RULE_MISUSES: readonly Mistake[] = [
  rule('rules that are no list', { role: 'primary' }, /^rules is .*must be a list/),
  rule('a rule that is a text', ['primary'], /^rules\[0\] is 'primary': must be an object/),
  rule('a rule without an action', [{ name: 'idle' }], /^rules\[0\] 'idle'/),
  rule(
    'a field that there is not',
    [{ name: 'r', rolle: 'primary' }],
    /^rules\[0\] 'r'\.rolle .*there is no such field/,
  ),
  rule(
    'a role that there is not',
    [{ role: 'leader' }],
    /^rules\[0\]\.role is 'leader': must be one of primary, replica/,
  ),
  rule('a name with a space', [{ name: 'a b', role: 'primary' }], /^rules\[0\] 'a b'\.name is 'a b'/),
  rule(
    'two rules of one name',
    [
      { name: 'r', role: 'primary' },
      { name: 'r', role: 'replica' },
    ],
    /^rules\[1\]\.name is 'r': rules\[0\] already/,
  ),
  rule(
    'a weight for a node that is not listed',
    [{ weights: { 'x:1': 2 } }],
    /^rules\[0\]\.weights is 'x:1': must name a node/,
  ),
  rule(
    'a weight below 0',
    [{ weights: { 'x:1': -1 } }],
    /^rules\[0\]\.weights\.x:1 is -1: must be at least 0/,
  ),
  rule(
    'a bound that no probe can see',
    [{ consistency: 'bounded', maxStalenessMs: 1 }],
    /^rules\[0\]\.maxStalenessMs is 1: must be at least/,
  ),
  rule('bounded without a bound', [{ consistency: 'bounded' }], /^rules\[0\]\.maxStalenessMs/),
  rule(
    'a bound without bounded',
    [{ role: 'replica', maxStalenessMs: 5_000 }],
    /^rules\[0\]\.maxStalenessMs is 5000: requires consistency bounded/,
  ),
  rule(
    'strong reads of replicas',
    [{ consistency: 'strong', role: 'replica' }],
    /^rules\[0\]\.consistency is 'strong': means the primary/,
  ),
  rule('two places', [{ role: 'replica', group: 'one' }], /^rules\[0\]/),
  rule('durability beside a role', [{ durability: 'local', role: 'primary' }], /^rules\[0\]/),
  rule(
    'relaxed by table',
    [{ match: { table: 'orders' }, durability: 'off' }],
    /^rules\[0\]\.durability is 'off': must not depend on table/,
  ),
  rule(
    'a pattern that is none',
    repeated('('),
    /^rules\[0\] 'r'\.match\.text is '\(': must be a regular expression/,
  ),
  rule('a pattern that repeats repetitions', repeated('(a+)+'), /must not repeat a group/),
  rule('a pattern that repeats alternatives', repeated('(a|b)*'), /must not repeat a group/),
  rule('a pattern that looks back', repeated('(a)\\1'), /must not contain a backreference/),
  rule(
    'a pattern with many repetitions',
    repeated('a*b*c{2,}d+[e-f]+(?=g)'),
    /at most 4 unbounded repetitions/,
  ),
  rule('a pattern that is too long', repeated('a'.repeat(201)), /must be at most 200 characters long/),
  rule(
    'a name with many asterisks',
    [{ match: { user: '*a*b*c*d*' }, role: 'primary' }],
    /must have at most 4 asterisks/,
  ),
  rule('no alternatives', [{ match: { user: [] }, role: 'primary' }], /^rules\[0\]\.match\.user/),
  rule(
    'a limit of days',
    [{ timeoutMs: 86_400_001 }],
    /^rules\[0\]\.timeoutMs is 86400001: must be at most 86400000/,
  ),
  rule('a limit of a text', [{ timeoutMs: 'long' }], /^rules\[0\]\.timeoutMs is 'long': must be a/),
  rule(
    'a condition that is an object',
    [{ match: { user: {} }, role: 'primary' }],
    /^rules\[0\]\.match\.user is/,
  ),
];
