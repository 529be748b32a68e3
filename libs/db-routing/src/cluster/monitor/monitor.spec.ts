import type { Clock } from '../../clock';
import { Lsn } from '../../postgres/position/lsn';
import type { NodeAddress } from '../../engine/node-address';
import { TopologyMonitor } from './monitor';
import type { ProbeAnswer } from '../../engine/probe';

/** A clock and its timers, which move only when the test says so. */
class ManualClock implements Clock {
  nowMs = 0;
  #timers: { atMs: number; callback: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  readonly afterArrivals = setImmediate;

  after(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.#timers.push(timer);
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  async advance(byMs: number): Promise<void> {
    const untilMs = this.nowMs + byMs;
    for (;;) {
      const next = this.#timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.callback();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.nowMs = untilMs;
  }
}

const address = (name: string): NodeAddress => ({ name, host: name, port: 5432 });

function primary(log: Lsn, timeline = 1): ProbeAnswer {
  return { role: 'primary', systemId: 'cluster', timeline, log, serverVersion: 180_004, startedAt: 'once' };
}

function replica(log: Lsn, timeline = 1): ProbeAnswer {
  return { role: 'replica', systemId: 'cluster', timeline, log, serverVersion: 180_004, startedAt: 'once' };
}

describe('the topology monitor', () => {
  let clock: ManualClock;
  let monitor: TopologyMonitor;
  /** The answer of each node; an error, or none, is a miss. */
  let answers: Record<string, ProbeAnswer | Error>;
  let asked: string[];
  /** How long an answer takes, in milliseconds. */
  let tookMs: number;

  beforeEach(() => {
    clock = new ManualClock();
    asked = [];
    tookMs = 0;
    answers = { a: primary(new Lsn(100n)), b: replica(new Lsn(100n)), c: replica(new Lsn(100n)) };
    monitor = new TopologyMonitor(['a', 'b', 'c'].map(address), {
      limits: { maxStalenessMs: 2000, readmitStalenessMs: 1000, missesUntilDown: 2 },
      probeIntervalMs: 500,
      clock,
      random: () => 1,
      probeFor: ({ name }) => ({
        ask: async () => {
          asked.push(name);
          if (tookMs > 0) await new Promise<void>((resolve) => clock.after(tookMs, resolve));
          const answer = answers[name] ?? new Error('no such host');
          if (answer instanceof Error) throw answer;
          return answer;
        },
        close: () => undefined,
      }),
    });
  });

  afterEach(() => monitor.stop());

  const state = (name: string) => monitor.snapshot.nodes.find((node) => node.address.name === name)?.state;
  const reason = (name: string) => monitor.snapshot.nodes.find((node) => node.address.name === name)?.reason;
  const settle = async () => {
    monitor.start();
    await clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
  };

  it('knows nothing and trusts no node before the first answer', () => {
    expect(monitor.snapshot.nodes.map((node) => node.state)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(monitor.snapshot.primary).toBeUndefined();
  });

  it('judges replicas that answered before the primary as soon as it has', async () => {
    await settle();
    expect([state('a'), state('b'), state('c')]).toEqual(['up', 'up', 'up']);
  });

  it('measures a replica that stands still against a primary that goes on', async () => {
    await settle();
    for (let n = 1; n <= 10; n++) {
      answers = {
        a: primary(new Lsn(100n + BigInt(n))),
        b: replica(new Lsn(100n)),
        c: replica(new Lsn(100n + BigInt(n))),
      };
      await clock.advance(500);
    }
    expect([state('b'), state('c')]).toEqual(['lagging', 'up']);
    expect(reason('b')).toMatch(/^up to 5\d{3} ms stale, limit (2000|1000) ms$/);
    answers['b'] = replica(new Lsn(110n));
    await clock.advance(1000);
    expect(state('b')).toBe('up');
  });

  it('keeps its pace when answers are slow, as staleness is measured by them', async () => {
    tookMs = 400;
    await settle();
    await clock.advance(5000);
    expect(asked.filter((name) => name === 'a')).toHaveLength(11);
    tookMs = 600;
    await clock.advance(5000);
    // Each probe is late, and MIN_PAUSE_MS follows it.
    expect(asked.filter((name) => name === 'a').length - 11).toBe(7);
  });

  it('lets staleness grow while the primary is silent', async () => {
    await settle();
    answers['a'] = new Error('gone');
    await clock.advance(4000);
    expect([state('a'), state('b'), state('c')]).toEqual(['down', 'lagging', 'lagging']);
    expect(monitor.snapshot.staleReplicas).toHaveLength(2);
  });

  it('follows a promotion, and fences the old primary when it comes back', async () => {
    await settle();
    answers = { a: new Error('dead'), b: primary(new Lsn(200n), 2), c: replica(new Lsn(200n), 2) };
    await clock.advance(1000);
    expect(monitor.snapshot.primary?.address.name).toBe('b');
    answers['a'] = primary(new Lsn(500n), 1);
    await clock.advance(3000);
    expect(monitor.snapshot.primary?.address.name).toBe('b');
    expect(state('c')).toBe('up');
    answers['b'] = new Error('dead too');
    await clock.advance(3000);
    expect(monitor.snapshot.primary).toBeUndefined();
    expect(monitor.snapshot.noPrimaryBecause).toContain('timeline 2 was seen');
  });

  it('does not compare a replica of the old timeline with the new primary', async () => {
    await settle();
    answers = { a: new Error('dead'), b: primary(new Lsn(200n), 2), c: replica(new Lsn(900n), 1) };
    await clock.advance(1000);
    expect(state('c')).toBe('lagging');
    expect(reason('c')).toContain('its staleness is unknown');
  });

  it('refuses a node of another cluster, and names it', async () => {
    await settle();
    answers['c'] = { ...replica(new Lsn(100n)), systemId: 'stranger' };
    await clock.advance(500);
    expect(state('c')).toBe('down');
    expect(reason('c')).toBe('it belongs to another cluster: system identifier stranger, not cluster');
  });

  it('asks a suspect node at once, and one that stays away less often', async () => {
    await settle();
    answers['b'] = new Error('dead');
    asked = [];
    monitor.reportFailure('b', new Error('broken pipe'));
    expect(asked).toEqual(['b']);
    await clock.advance(60_000);
    const ofB = asked.filter((name) => name === 'b').length;
    expect(ofB).toBeGreaterThan(25);
    expect(ofB).toBeLessThan(50);
  });

  it('takes nodes in and out while it runs', async () => {
    await settle();
    const changes: string[] = [];
    monitor.on('change', ({ before, now }) =>
      changes.push(`${before?.state ?? 'new'} -> ${now?.state ?? 'gone'}`),
    );
    answers['d'] = replica(new Lsn(100n));
    monitor.add(address('d'));
    await settle();
    expect(state('d')).toBe('up');
    monitor.drain('b');
    expect(monitor.snapshot.fitReplicas.map((node) => node.address.name)).toEqual(['c', 'd']);
    monitor.forget('b');
    expect(state('b')).toBeUndefined();
    expect(changes).toEqual(['new -> unknown', 'unknown -> up', 'up -> draining', 'draining -> gone']);
  });
});
