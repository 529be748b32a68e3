import { ConfigurationError } from '../../errors';
import { checkGroups } from '../groups/replica-groups';
import { checkRules } from './check-rules';
import cases from './check-rules.cases.json';

const NODES = ['h1:1', 'h2:1', 'h3:1'];
const nodeLimits = { nodes: NODES, minStalenessMs: 1000 };
const groups = checkGroups({ reporting: { nodes: ['h3:1'] } }, nodeLimits);

describe('the check of rules', () => {
  it.each(cases as [unknown, string][])('%j: %s', (rules, message) => {
    const check = () => checkRules(rules, { ...nodeLimits, groups });
    expect(check).toThrow(ConfigurationError);
    expect(check).toThrow(message);
  });

  it.each(['^select .* from (orders|products)', '[(+]+x', '\\(a+\\)+', '(?:ab){1,3}c*', '(?<=a)b+'])(
    'takes the pattern %s, which cannot run away',
    (text) => {
      expect(() => checkRules([{ match: { text }, deny: true }], { ...nodeLimits, groups })).not.toThrow();
    },
  );

  it('lets a rule name a group before any is configured', () => {
    const none = checkGroups({}, nodeLimits);
    expect(checkRules([{ group: 'reporting' }], { ...nodeLimits, groups: none })).toHaveLength(1);
  });
});

describe('the check of groups', () => {
  it.each([
    [[], 'groups is [].*must be an object'],
    [
      { reporting: { nodes: ['h9:1'] } },
      "groups.reporting.nodes[0] is 'h9:1': must be one of the nodes of the connection URL: h1:1, h2:1, h3:1",
    ],
    [{ reporting: { nodes: [] } }, "groups.reporting.nodes is '[]': must be at least 1 entries long"],
    [{ reporting: { maxConcurrent: 0 } }, 'groups.reporting.maxConcurrent is 0: must be at least 1'],
    [{ reporting: { maxStalenessMs: 999 } }, 'groups.reporting.maxStalenessMs is 999: must be at least 1000'],
    [{ reporting: { limit: 1 } }, 'groups.reporting.limit is 1: there is no such field'],
    [{ primary: {} }, "groups.primary is 'primary': is not a valid name for a group"],
  ])('%j: %s', (input, message) => {
    const check = () => checkGroups(input, nodeLimits);
    expect(check).toThrow(ConfigurationError);
    if (message.includes('.*')) expect(check).toThrow(/groups is .*: must be an object/);
    else expect(check).toThrow(message);
  });
});
