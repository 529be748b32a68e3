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

  it('has no primary while two nodes on one timeline are writable', () => {
    const snapshot = makeSnapshot([
      node('a', { role: 'primary', timeline: 2 }),
      node('b', { role: 'primary', timeline: 2 }),
    ]);
    expect(snapshot.primary).toBeUndefined();
  });

  it('has no primary while the only one is down', () => {
    expect(
      makeSnapshot([node('a', { role: 'primary', state: 'down', timeline: 1 })]).primary,
    ).toBeUndefined();
  });
});
