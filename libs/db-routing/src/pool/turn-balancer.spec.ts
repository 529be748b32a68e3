import { balancerNamed } from '../routing/balancer';
import type { NodeStatus } from '../topology/snapshot';
import { pickOncePerTurn } from './turn-balancer';

const node = (name: string): NodeStatus => ({
  address: { name, host: name, port: 5432 },
  role: 'replica',
  state: 'up',
  reason: '',
});

describe('picking once per turn', () => {
  const nodes = [node('a'), node('b')];
  const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

  it('keeps up to sixteen reads of one turn together, and picks anew in the next', async () => {
    const balance = pickOncePerTurn(balancerNamed('round-robin'));
    const pick = () => balance(nodes, () => 0, Math.random).address.name;
    const turn = Array.from({ length: 40 }, pick).join('');
    expect(turn).toBe('a'.repeat(16) + 'b'.repeat(16) + 'a'.repeat(8));
    await nextTurn();
    expect(pick()).toBe('b');
    await nextTurn();
    expect(pick()).toBe('a');
  });

  it('never picks what is no longer a candidate', () => {
    const balance = pickOncePerTurn(balancerNamed('round-robin'));
    expect(balance(nodes, () => 0, Math.random)).toBe(nodes[0]);
    expect(balance([nodes[1] as NodeStatus], () => 0, Math.random)).toBe(nodes[1]);
  });
});
