import type { NodeRole, NodeState, NodeStatus } from '../topology/snapshot';
import { mergeNames } from './merge-names';

const STATES: Readonly<Partial<Record<string, NodeState>>> = { '!': 'down', '~': 'lagging', '?': 'suspect' };

/**
 * `a=1`: name a leads to server 1. `!` down, `~` lagging, `?` suspect. `-`: has strayed once. `r` in front: a
 * replica.
 */
function named(code: string) {
  const [, replica, name = '', server, state = '', strays = ''] =
    /^(r:)?(\w+)(?:=(\w+))?([!~?])?(-*)$/.exec(code) ?? [];
  const role: NodeRole = replica === undefined ? 'primary' : 'replica';
  const status: NodeStatus = {
    address: { name, host: name, port: 1 },
    role,
    state: STATES[state] ?? 'up',
    reason: role,
    server,
  };
  return { status, strays: strays.length };
}

describe('names of one server', () => {
  it.each([
    ['a=1 b=2', 'a b'],
    ['a=1 b=1 c=2', 'a+b c'],
    ['a=1 b=1 c=1', 'a+b+c'],
    ['a=1? b=1', 'b+a'],
    ['a=1? b=1?', 'a+b'],
    ['a=1! b=1', 'a b'],
    ['a=1- b=1', 'b+a'],
    ['a=1- b=1?', 'a+b'],
    ['a=1-- b=1-', 'b+a'],
    ['r:a=1~ r:b=1', 'a+b'],
    ['a=1 r:b=1', 'a b'],
    ['a b', 'a b'],
  ])('%s: %s', (codes, expected) => {
    const nodes = mergeNames(codes.split(' ').map(named));
    expect(nodes.map(({ address, aliases = [] }) => [address.name, ...aliases].join('+')).join(' ')).toBe(
      expected,
    );
  });

  it('are told in the reason of the node', () => {
    const [node] = mergeNames(['a=1', 'b=1', 'c=1'].map(named));
    expect(node?.reason).toBe('primary; b and c lead to it as well');
  });
});
