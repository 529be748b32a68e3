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

  /** Often enough for the average to have settled. */
  const measure = (name: string, latencyMs: number) => {
    for (let n = 0; n < 200; n++) load.record(node(name), latencyMs);
  };

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
    measure('slow', 250);
    expect(load.of(node('slow')) / load.of(node('idle'))).toBeCloseTo(10, 1);
  });

  it('follows the latency, not one outlier', () => {
    measure('a', 100);
    load.record(node('a'), 200);
    expect(load.of(node('a'))).toBeCloseTo(110, 1);
    measure('a', 200);
    expect(load.of(node('a'))).toBeCloseTo(200, 1);
  });

  it('does not tell fast nodes apart: neither is left idle for a few milliseconds', () => {
    load.record(node('a'), 0.8);
    load.record(node('b'), 16);
    expect(load.of(node('a'))).toBe(load.of(node('b')));
  });

  it('forgets a latency that is not measured any more, so that the node is tried again', () => {
    measure('slow', 80);
    nowMs += 5000;
    expect(load.of(node('slow'))).toBeCloseTo(40, 1);
    nowMs += 60_000;
    expect(load.of(node('slow'))).toBe(load.of(node('other')));
  });

  it('makes a node that has come back start slowly', () => {
    const steady = load.of(node('steady'));
    expect(load.of(node('back', nowMs))).toBeCloseTo(10 * steady);
    expect(load.of(node('back', nowMs - 2500))).toBeCloseTo(2 * steady);
    expect(load.of(node('back', nowMs - 5000))).toBeCloseTo(steady);
  });
});
