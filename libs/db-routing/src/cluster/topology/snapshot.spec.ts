import { makeSnapshot, type NodeStatus } from './snapshot';

function node(name: string, status: Partial<NodeStatus>): NodeStatus {
  return {
    address: { name, host: name, port: 5432 },
    role: 'replica',
    state: 'up',
    reason: '',
    ...status,
  };
}

describe('a topology snapshot', () => {
  it('knows the primary and the fit replicas', () => {
    const snapshot = makeSnapshot([
      node('a', { role: 'primary', timeline: 1 }),
      node('b', {}),
      node('c', { state: 'lagging' }),
      node('d', { state: 'down' }),
      node('e', { role: 'unknown', state: 'unknown' }),
    ]);
    expect(snapshot.primary?.address.name).toBe('a');
    expect(snapshot.fitReplicas.map((n) => n.address.name)).toEqual(['b']);
    expect(snapshot.staleReplicas.map((n) => n.address.name)).toEqual(['c']);
  });

  it('takes the higher timeline when an old primary comes back writable', () => {
    const snapshot = makeSnapshot([
      node('old', { role: 'primary', timeline: 1 }),
      node('new', { role: 'primary', timeline: 2 }),
    ]);
    expect(snapshot.primary?.address.name).toBe('new');
  });

  it('never writes to a timeline below one that was seen, even while the new primary is away', () => {
    const old = node('old', { role: 'primary', timeline: 1 });
    const gone = node('new', { role: 'primary', state: 'down', timeline: 2 });
    for (const snapshot of [makeSnapshot([old, gone]), makeSnapshot([old], 2)]) {
      expect(snapshot.primary).toBeUndefined();
      expect(snapshot.noPrimaryBecause).toBe(
        'timeline 2 was seen, so nodes of an earlier one get no writes: old (timeline 1)',
      );
    }
  });

  it('fences an old primary as soon as a replica follows the new one', () => {
    const snapshot = makeSnapshot([
      node('old', { role: 'primary', timeline: 1 }),
      node('r', { timeline: 2 }),
    ]);
    expect(snapshot.primary).toBeUndefined();
  });

  it('says why there is no primary', () => {
    const snapshot = makeSnapshot([
      node('a', { role: 'primary', state: 'down', reason: 'no answer', timeline: 1 }),
    ]);
    expect(snapshot.noPrimaryBecause).toBe('a is a primary, down (no answer)');
  });

  it('has no primary, and names both, while two nodes on one timeline are writable', () => {
    const snapshot = makeSnapshot([
      node('a', { role: 'primary', timeline: 2 }),
      node('b', { role: 'primary', timeline: 2 }),
    ]);
    expect(snapshot.primary).toBeUndefined();
    expect(snapshot.noPrimaryBecause).toBe(
      'a and b are writable on the same timeline 2: none of them gets writes',
    );
  });

  it('has no primary while the only one is down', () => {
    expect(
      makeSnapshot([node('a', { role: 'primary', state: 'down', timeline: 1 })]).primary,
    ).toBeUndefined();
  });
});
