import { Session } from 'db-routing';
import type { Fault } from './faults/fault';
import { tell } from './faults/story';
import { minimise } from './runner/minimise';
import { runSeed } from './runner/run-seed';

/** Enough for hundreds of operations. */
const SHORT = { loadMs: 1_500, faults: [] };

describe('a simulated run', () => {
  it('has the same history when its seed runs again, and another one with another seed', async () => {
    const [one, again, other] = [await runSeed(1, SHORT), await runSeed(1, SHORT), await runSeed(2, SHORT)];
    expect(again.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
    expect(one.operations).toBeGreaterThan(100);
  });

  it('finds nothing wrong with the library under the faults of these seeds', async () => {
    for (const seed of [3, 4]) {
      const { violations } = await runSeed(seed, { loadMs: 2_000 });
      expect(violations).toEqual([]);
    }
  });

  it('does the same with a part of its faults, but for what they cause', async () => {
    const none = await runSeed(5, SHORT);
    const { settings } = await runSeed(5, { loadMs: SHORT.loadMs });
    const late = settings.faults.filter(({ atMs }) => atMs > SHORT.loadMs);
    expect((await runSeed(5, { ...SHORT, faults: late })).hash).toBe(none.hash);
  });
});

describe('a mistake in the library', () => {
  const rulesOf = async (seed: number, faults: readonly Fault[] = []) => {
    const { violations } = await runSeed(seed, { loadMs: 1_500, faults });
    return new Set(violations.map(({ rule }) => rule));
  };

  afterEach(() => jest.restoreAllMocks());

  it('is seen: a session that forgets what it has written', async () => {
    jest.spyOn(Session.prototype, 'advance').mockImplementation(() => undefined);
    const lag: Fault = { kind: 'lag', server: 'b', delayMs: 300, atMs: 0, forMs: 1_500 };
    expect(await rulesOf(1, [lag])).toContain('read-your-writes');
  });

  it('is seen: it asks the process for the time, and not its clock', async () => {
    jest.spyOn(Session.prototype, 'of').mockImplementation(function (this: Session) {
      performance.now();
      return this;
    });
    const failed = await runSeed(1, SHORT);
    const errors = failed.lines.flatMap((line) => (line.line === 'operation' ? [line.error ?? ''] : []));
    expect(errors.join()).toContain('the simulated code asked the process for its time');
  });
});

describe('minimising', () => {
  const faults = Array.from({ length: 20 }, (_, index): Fault => ({
    kind: 'freeze',
    server: String(index),
    atMs: index,
    forMs: 1,
  }));
  const has = (part: readonly Fault[], index: number) => part.some(({ atMs }) => atMs === index);

  it('keeps the faults that it takes, and no other', async () => {
    const fewest = await minimise(faults, async (part) => has(part, 3) && has(part, 17));
    expect(fewest.map(({ atMs }) => atMs)).toEqual([3, 17]);
  });

  it('keeps none when the run fails without any', async () => {
    expect(await minimise(faults, async () => true)).toEqual([]);
  });

  it('is told in the order of time', () => {
    expect(tell([faults[1]!, faults[0]!])).toEqual([
      '     0 ms  0 stands still for 1 ms',
      '     1 ms  1 stands still for 1 ms',
    ]);
  });
});
