import type { NodeStatus } from '../topology/snapshot';
import { NodeLoad } from './node-load';

describe('the load of a node', () => {
  let nowMs = 0;
  let inUse: Record<string, number>;
  let load: NodeLoad;

  const node = (name: string, upSinceMs = 0): NodeStatus => ({
    address: { name, host: name, port: 1 },
    role: 'replica',
    state: 'up',
    reason: '',
    upSinceMs,
  });

  beforeEach(() => {
    nowMs = 60_000;
    inUse = {};
    load = new NodeLoad({
      clock: { now: () => nowMs, after: () => ({ cancel: () => undefined }) },
      inUse: ({ address }) => inUse[address.name] ?? 0,
      slowStartMs: 5000,
    });
  });

  it('grows with what is on it, and with how long it takes', () => {
    inUse = { busy: 3 };
    expect(load.of(node('busy'))).toBe(4 * load.of(node('idle')));
    load.record(node('slow'), 50);
    load.record(node('fast'), 2);
    expect(load.of(node('slow'))).toBe(25 * load.of(node('fast')));
  });

  it('follows the latency, not one outlier', () => {
    const slow = node('a');
    load.record(slow, 10);
    load.record(slow, 110);
    expect(load.of(slow)).toBeCloseTo(20);
    for (let n = 0; n < 100; n++) load.record(slow, 110);
    expect(load.of(slow)).toBeCloseTo(110, 0);
  });

  it('makes a node that has come back start slowly', () => {
    const steady = load.of(node('steady'));
    expect(load.of(node('back', nowMs))).toBeCloseTo(10 * steady);
    expect(load.of(node('back', nowMs - 2500))).toBeCloseTo(2 * steady);
    expect(load.of(node('back', nowMs - 5000))).toBeCloseTo(steady);
  });
});
