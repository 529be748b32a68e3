import { FailoverQueueFullError, NoPrimaryError } from '../../errors';
import { makeSnapshot } from '../../cluster/topology/snapshot';
import { PrimaryWait } from './primary-wait';

const PRIMARY = makeSnapshot([
  { address: { name: 'a', host: 'a', port: 1 }, role: 'primary', state: 'up', reason: '', timeline: 1 },
]);
const NO_NODES = makeSnapshot([]);

describe('writes without a primary', () => {
  let snapshot = NO_NODES;
  let expire: (() => void)[];
  let wait: PrimaryWait;

  beforeEach(() => {
    snapshot = NO_NODES;
    expire = [];
    wait = new PrimaryWait({
      waitMs: 5000,
      maxWaiting: 2,
      cluster: {
        get topology() {
          return snapshot;
        },
      },
      clock: {
        now: () => 0,
        afterArrivals: setImmediate,
        after: (_, callback) => {
          expire.push(callback);
          return { cancel: () => (expire = expire.filter((other) => other !== callback)) };
        },
      },
    });
  });

  it('do not wait while there is one', async () => {
    snapshot = PRIMARY;
    await wait.forPrimary();
    expect(expire).toEqual([]);
  });

  it('go on as soon as there is one, and leave no timer behind', async () => {
    const both = Promise.all([wait.forPrimary(), wait.forPrimary()]);
    wait.topologyChanged();
    expect(expire).toHaveLength(2);
    snapshot = PRIMARY;
    wait.topologyChanged();
    await both;
    expect(expire).toEqual([]);
  });

  it('give up after the limit, and say how long they waited', async () => {
    const waiting = wait.forPrimary();
    expire[0]?.();
    await expect(waiting).rejects.toThrow(NoPrimaryError);
    await expect(waiting).rejects.toThrow('waited 5000 ms');
  });

  it('are refused at once when too many are already waiting', async () => {
    const waiting = [0, 1].map(async () => wait.forPrimary());
    await expect(wait.forPrimary()).rejects.toThrow(FailoverQueueFullError);
    snapshot = PRIMARY;
    wait.topologyChanged();
    await Promise.all(waiting);
  });

  it('try again when the primary was probed again and a pause has passed, until the limit', async () => {
    snapshot = PRIMARY;
    let isAsked = false;
    let tell: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (tell = resolve));
    const again = wait.toTryAgain(-4999, asked)?.then(() => (isAsked = true));
    for (const callback of expire) callback();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAsked).toBe(false);
    tell();
    await again;
    expect(isAsked).toBe(true);
    expect(wait.toTryAgain(-5000, Promise.resolve())).toBeUndefined();
  });

  it('count as waiting while they pause', async () => {
    snapshot = PRIMARY;
    const pauses = [0, 1].map(async () => wait.toTryAgain(0, Promise.resolve()));
    await expect(wait.toTryAgain(0, Promise.resolve())).rejects.toThrow(FailoverQueueFullError);
    wait.topologyChanged();
    await Promise.all(pauses);
  });
});
