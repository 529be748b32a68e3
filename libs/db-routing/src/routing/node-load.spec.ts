import { twoRandomChoices } from './balancer';
import type { NodeStatus } from '../cluster/topology/snapshot';
import { NodeLoad } from './node-load';

describe('the load of a node', () => {
  let nowMs = 0;
  let load: NodeLoad;

  const node = (name: string, upSinceMs = 0, role: NodeStatus['role'] = 'replica'): NodeStatus => ({
    address: { name, host: name, port: 1 },
    role,
    state: 'up',
    reason: '',
    upSinceMs,
  });

  /** Repeats the measurement until the average has settled. */
  const measure = (name: string, latencyMs: number, times = 200) => {
    for (let n = 0; n < times; n++) load.record(node(name), latencyMs);
    nowMs += 100;
  };
  const ratio = (one: string, other: string) => load.of(node(one)) / load.of(node(other));

  beforeEach(() => {
    nowMs = 60_000;
    load = new NodeLoad({
      clock: { now: () => nowMs, after: () => ({ cancel: () => undefined }), afterArrivals: setImmediate },
      slowStartMs: 5000,
    });
  });

  it('grows with the work on it', () => {
    for (let n = 0; n < 3; n++) load.begin(node('busy'));
    expect(ratio('busy', 'idle')).toBe(4);
    for (let n = 0; n < 3; n++) load.end(node('busy'));
    expect(ratio('busy', 'idle')).toBe(1);
  });

  it('does not tell fast nodes apart: neither is left idle for a few milliseconds', () => {
    measure('a', 0.8);
    measure('b', 24);
    expect(ratio('b', 'a')).toBe(1);
    expect(ratio('b', 'unknown')).toBe(1);
  });

  it('counts a slow one by the square of how many times it is slower than the best', () => {
    measure('fast', 2);
    measure('slow', 50);
    load.record(node('fast'), 2);
    expect(ratio('slow', 'fast')).toBeCloseTo(25 ** 2);
  });

  it('lets slow nodes share the reads when all are slow, each by its latency', () => {
    measure('a', 100);
    measure('b', 150);
    expect(ratio('b', 'a')).toBeCloseTo(1.5 ** 2);
  });

  it('prefers a node without measurements to a slow one', () => {
    measure('slow', 250);
    measure('slow', 250);
    expect(ratio('slow', 'unknown')).toBeCloseTo(10 ** 2);
  });

  it('is not changed by one outlier, however long', () => {
    measure('a', 1);
    measure('b', 1);
    load.record(node('b'), 30_000);
    expect(ratio('b', 'a')).toBe(1);
  });

  it('detects a node that has become slow after a few reads', () => {
    measure('fast', 1);
    measure('slow', 1);
    measure('slow', 50, 4);
    expect(ratio('slow', 'fast')).toBeGreaterThan(25);
  });

  it('counts being overtaken as being slow, however soon that was', () => {
    measure('fast', 1);
    measure('slow', 1);
    for (let n = 0; n < 4; n++) load.recordOvertaken(node('slow'), 3);
    expect(ratio('slow', 'fast')).toBeGreaterThan(25);
  });

  it('is that of a slow node only while another one is far faster', () => {
    measure('a', 100);
    measure('b', 150);
    measure('a', 100);
    expect(load.isSlow(node('b'))).toBe(false);
    measure('c', 40, 2);
    measure('c', 40);
    expect(load.isSlow(node('b'))).toBe(true);
    expect(load.isSlow(node('c'))).toBe(false);
    expect(load.isSlow(node('unknown'))).toBe(false);
  });

  it('compares replicas with replicas, not with the primary', () => {
    measure('a', 20);
    measure('b', 30);
    load.record(node('primary', 0, 'primary'), 0.1);
    expect(ratio('b', 'a')).toBeCloseTo(1.5 ** 2);
  });

  it('does not compare with a node that is long gone', () => {
    measure('gone', 1);
    nowMs += 60_001;
    measure('a', 20);
    measure('b', 30);
    nowMs += 100;
    load.record(node('a'), 20);
    expect(ratio('b', 'a')).toBeCloseTo(1.5 ** 2);
  });

  describe('of a slow node', () => {
    beforeEach(() => {
      measure('fast', 1);
      measure('slow', 50);
    });

    it('is zero when a trial read is due, until something is on the node', () => {
      measure('fast', 1, 400);
      nowMs += 250;
      expect(load.of(node('slow'))).toBe(0);
      load.begin(node('slow'));
      expect(load.of(node('slow'))).toBeGreaterThan(25);
    });

    it('leaves it alone until enough reads and enough time have passed, or much time', () => {
      measure('fast', 1, 399);
      nowMs += 4_799;
      expect(load.of(node('slow'))).toBeGreaterThan(25);
      nowMs += 1;
      expect(load.of(node('slow'))).toBe(0);
    });

    it('is like that of any other after two fast reads', () => {
      load.record(node('slow'), 1);
      expect(ratio('slow', 'fast')).toBeGreaterThan(25);
      load.record(node('slow'), 1);
      expect(ratio('slow', 'fast')).toBe(1);
    });
  });

  it.each([
    [400, 0.01],
    [4_000, 0.005],
  ])(
    'at %i reads/s gives a replica that becomes 50 ms slow less than %f of 4 s of reads',
    (perSecond, bar) => {
      let seed = 7;
      // Park and Miller's minimal standard generator: the same numbers in every run.
      const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      const latencies: Record<string, number> = { fast: 1, slow: 50 };
      const running: { name: string; untilMs: number }[] = [];
      measure('fast', 1);
      measure('slow', 1);
      let slowReads = 0;
      const reads = 4 * perSecond;
      for (let read = 0; read < reads; read++) {
        nowMs += 1_000 / perSecond;
        for (const done of running.filter(({ untilMs }) => untilMs <= nowMs)) {
          running.splice(running.indexOf(done), 1);
          load.end(node(done.name));
          load.record(node(done.name), latencies[done.name]!);
        }
        const { name } = twoRandomChoices([node('fast'), node('slow')], load.of, random).address;
        load.begin(node(name));
        running.push({ name, untilMs: nowMs + latencies[name]! });
        if (name === 'slow') slowReads += 1;
      }
      expect(slowReads / reads).toBeLessThan(bar);
      expect(slowReads).toBeGreaterThan(5);
    },
  );

  it('lets a recovered node start slowly', () => {
    const steady = load.of(node('steady'));
    expect(load.of(node('back', nowMs))).toBeCloseTo(10 * steady);
    expect(load.of(node('back', nowMs - 2500))).toBeCloseTo(2 * steady);
    expect(load.of(node('back', nowMs - 5000))).toBeCloseTo(steady);
  });
});
