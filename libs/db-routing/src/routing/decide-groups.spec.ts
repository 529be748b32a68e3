import { NoFitNodeError } from '../errors';
import { makeSnapshot, type NodeStatus } from '../cluster/topology/snapshot';
import { weightedTwoChoices } from './balancer';
import { decide, type Requirement } from './decide';
import cases from './decide-groups.cases.json';
import { checkGroups } from './groups/replica-groups';

/** 'p r1 r2~4000 r3!': p is the primary, r a replica; ! means down, ~ lagging by this many milliseconds. */
function snapshot(nodes: string) {
  return makeSnapshot(
    nodes.split(' ').map((code): NodeStatus => {
      const [, name = '', mark = '', ms = ''] = /^(\w+)([!~=]?)(\d*)$/.exec(code) ?? [];
      const state = ({ '!': 'down', '~': 'lagging' } as const)[mark] ?? 'up';
      return {
        address: { name, host: name, port: 1 },
        role: name.startsWith('p') ? 'primary' : 'replica',
        state,
        reason: state,
        timeline: 1,
        stalenessMs: ms === '' ? (mark === '' ? 0 : undefined) : Number(ms),
      };
    }),
  );
}

describe('the choice of a node among groups', () => {
  it.each(cases)(
    '$nodes for $need, failed on $exclude: $expected',
    ({ groups, nodes, need, exclude, expected }) => {
      const known = checkGroups(groups, { nodes: ['r1', 'r2', 'r3'], minStalenessMs: 1 });
      const { group, ...rest } = need;
      const requirement: Requirement = {
        target: 'replica',
        reason: 'read',
        group: group === undefined ? undefined : known.get(group),
        ...rest,
      };
      const taken = new Set<string>();
      const go = () => {
        for (const first of [0, 0.5, 0.99]) {
          const decision = decide(requirement, snapshot(nodes), {
            groups: known,
            balance: (candidates, _loadOf, random) =>
              candidates[Math.floor(random() * candidates.length)] as (typeof candidates)[number],
            loadOf: () => 0,
            random: () => first,
            exclude: new Set(exclude ?? []),
          });
          taken.add(`${decision.node.address.name} ${decision.reason}`);
        }
      };
      if (expected === 'refused') {
        expect(go).toThrow(NoFitNodeError);
      } else {
        go();
        expect([...taken].sort().join(', ')).toBe(expected);
      }
    },
  );

  it('works out which nodes serve which group once for each snapshot', () => {
    const known = checkGroups({ reporting: { nodes: ['r2'] } }, { nodes: ['r1', 'r2'], minStalenessMs: 1 });
    const now = snapshot('p r1 r2');
    expect(known.candidates(now)).toBe(known.candidates(now));
    expect(known.candidates(now, known.get('reporting'))).toBe(known.candidates(now, known.get('reporting')));
    expect(known.candidates(snapshot('p r1 r2'))).not.toBe(known.candidates(now));
  });
});

describe('weighted choices', () => {
  it('follow the weights while loads are equal', () => {
    const weights: Record<string, number> = { a: 8, b: 1, c: 1 };
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let i = 0; i < 5000; i++) {
      counts[
        weightedTwoChoices(
          ['a', 'b', 'c'],
          (name) => weights[name]!,
          () => 0,
          Math.random,
        )
      ]! += 1;
    }
    expect(counts['a']! / 5000).toBeCloseTo(0.8, 1);
    expect(counts['b']! / 5000).toBeCloseTo(0.1, 1);
  });

  it('pass over one that is busy beyond its weight', () => {
    const load: Record<string, number> = { a: 9, b: 1 };
    for (let i = 0; i < 100; i++) {
      expect(
        weightedTwoChoices(
          ['a', 'b'],
          (name) => (name === 'a' ? 8 : 1),
          (name) => load[name]!,
          Math.random,
        ),
      ).toBe('b');
    }
  });
});
