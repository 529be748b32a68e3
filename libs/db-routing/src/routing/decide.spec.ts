import { NoFitNodeError, NoPrimaryError } from '../errors';
import { makeSnapshot, type NodeStatus } from '../cluster/topology/snapshot';
import { twoRandomChoices } from './balancer';
import { decide, type Requirement } from './decide';

const READ: Requirement = { target: 'replica', reason: 'read' };
const WRITE: Requirement = { target: 'primary', reason: 'write' };

/** 'p r1 r2~': `p` is the primary, `r` a replica; `!` means down, `~` lagging, `?` suspect. */
function snapshot(nodes: string) {
  return makeSnapshot(
    nodes.split(' ').map((code): NodeStatus => {
      const name = code.replace(/[!~?]$/, '');
      const state = ({ '!': 'down', '~': 'lagging', '?': 'suspect' } as const)[code.slice(-1)] ?? 'up';
      const role = code.startsWith('p') ? 'primary' : 'replica';
      return { address: { name, host: name, port: 1 }, role, state, reason: state, timeline: 1 };
    }),
  );
}

function route(nodes: string, need: Requirement, exclude: string[] = []): string {
  const decision = decide(need, snapshot(nodes), {
    balance: twoRandomChoices,
    loadOf: () => 0,
    random: () => 0.6,
    exclude: new Set(exclude),
  });
  return `${decision.node.address.name} ${decision.reason}`;
}

describe('the choice of a node', () => {
  it.each([
    ['p r1 r2', WRITE, [], 'p write'],
    ['p? r1 r2', WRITE, [], 'p write'],
    ['p r1 r2', READ, [], 'r2 read'],
    ['p r1 r2', READ, ['r1'], 'r2 read'],
    ['p r1~ r2', READ, [], 'r2 read'],
    ['p r1? r2', READ, [], 'r2 read'],
    ['p r1~ r2!', READ, [], 'p no-fit-replica'],
    ['p r1 r2', READ, ['r1', 'r2'], 'p no-fit-replica'],
    ['p! r1 r2!', READ, [], 'r1 read'],
    ['p! r1~ r2!', READ, [], 'r1 primary-lost'],
    ['p r1~', READ, ['p'], 'refused'],
    ['p! r1! r2!', READ, [], 'refused'],
    ['p! r1 r2', WRITE, [], 'refused'],
  ])('%s, %o, failed on %j: %s', (nodes, need, exclude, expected) => {
    if (expected === 'refused') {
      const error = need === WRITE ? NoPrimaryError : NoFitNodeError;
      expect(() => route(nodes, need, exclude)).toThrow(error);
    } else {
      expect(route(nodes, need, exclude)).toBe(expected);
    }
  });

  it('names every node and its state when there is none', () => {
    expect(() => route('p! r1', WRITE)).toThrow(
      'no primary to run this on: p is a primary, down (down), r1 is a replica, up (up)',
    );
  });
});
