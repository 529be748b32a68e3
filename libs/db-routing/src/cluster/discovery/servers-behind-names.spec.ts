import type { Clock } from '../../clock';
import type { NodeStatus } from '../topology/snapshot';
import { ServersBehindNames } from './servers-behind-names';

describe('the servers behind a name', () => {
  let nowMs: number;
  let atMonitor: NodeStatus;
  let told: string[];
  let names: ServersBehindNames;
  const clock: Clock = {
    now: () => nowMs,
    after: () => ({ cancel: () => undefined }),
    afterArrivals: setImmediate,
  };

  beforeEach(() => {
    nowMs = 0;
    atMonitor = node('X');
    told = [];
    names = new ServersBehindNames({
      clock,
      freshProbe: () => ({ ask: () => Promise.reject(new Error('down')), close: () => undefined }),
      askAgain: () => Promise.resolve(atMonitor),
      onSeveral: ({ message }) => told.push(message),
    });
  });

  function node(startedAt: string, state: NodeStatus['state'] = 'up'): NodeStatus {
    const address = { name: 'ro:5432', host: 'ro', port: 5432 };
    return { address, role: 'replica', state, reason: '', startedAt };
  }

  it('are several when one is there after another was seen', async () => {
    await names.isOther(node('X'), 'Y');
    expect(names.leadsToSeveral(node('X'))).toBe(true);
    expect(names.several).toEqual(['ro:5432']);
    expect(told).toEqual([expect.stringContaining("url is 'ro:5432': it leads to several servers")]);
  });

  it('are one that was restarted, however many reads had been sent before', async () => {
    const before = node('X');
    atMonitor = node('Y');
    for (let read = 0; read < 3; read++) await names.isOther(before, 'Y');
    atMonitor = node('Z');
    await names.isOther(node('Y'), 'Z');
    expect(names.leadsToSeveral(atMonitor)).toBe(false);
    expect(told).toEqual([]);
  });

  it('are not told by what was known before a probe that failed', async () => {
    atMonitor = node('X', 'suspect');
    await names.isOther(node('X'), 'Y');
    expect(names.leadsToSeveral(atMonitor)).toBe(false);
  });

  it('are taken for one again after a while, and are told of once', async () => {
    await names.isOther(node('X'), 'Y');
    nowMs += 60_000;
    expect(names.leadsToSeveral(node('X'))).toBe(false);
    expect(names.several).toEqual([]);
    await names.isOther(node('X'), 'Y');
    expect(names.leadsToSeveral(node('X'))).toBe(true);
    expect(told).toHaveLength(1);
  });

  it('are no matter of a node that cannot be asked', async () => {
    await names.lookBehind([node('X')]);
    expect(told).toEqual([]);
  });
});
