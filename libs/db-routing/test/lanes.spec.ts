import { PoolEndedError, PoolExhaustedError } from '../src';
import { LaneLab, useLaneLabs } from './lanes-support';
import { eventually } from './support';

const BY_ID = 'SELECT id, label FROM item WHERE id = $1';

describe('lanes to one node', () => {
  const labs = useLaneLabs();
  const { open, active } = labs;

  describe('with a slow statement', () => {
    it('does not let short ones wait behind it', async () => {
      const lab = open();
      await lab.warm(BY_ID, [1]);
      let isSlowDone = false;
      const slow = lab.rows('SELECT pg_sleep(1.5)').then(() => (isSlowDone = true));
      const short = Array.from({ length: 20 }, (_, i) => lab.rows(BY_ID, [i + 1]));
      await Promise.all(short);
      for (let i = 1; i <= 20; i++) await lab.rows(BY_ID, [i]);
      expect(isSlowDone).toBe(false);
      expect(lab.lanes.counters.moved).toBeGreaterThanOrEqual(20);
      await slow;
    });

    it('takes the lane into service again when it has drained', async () => {
      const lab = open();
      const before = await lab.backend();
      await lab.rows('SELECT pg_sleep(0.3)');
      expect(await lab.backend()).toBe(before);
      expect(lab.lanes.isStalled).toBe(false);
    });

    it('opens no more lanes than twice the limit, and lets reads wait no longer than they may', async () => {
      const lab = open({ maxLanes: 1, acquireTimeoutMs: 300 });
      const slow = Promise.all([lab.rows('SELECT pg_sleep(2)'), lab.rows('SELECT pg_sleep(2)')]);
      await eventually('both are on their way', async () => (await active('SELECT pg_sleep(2)')) === 2);
      await expect(lab.rows(BY_ID, [1])).rejects.toThrow(PoolExhaustedError);
      expect(lab.lanes.size).toBe(2);
      await slow;
      expect(await lab.rows(BY_ID, [1])).toHaveLength(1);
    });

    it('cancels on the server what nobody waits for any more, and nothing else', async () => {
      const lab = open();
      const ticket = lab.lanes.start({ input: 'SELECT pg_sleep(30)' });
      await eventually('it runs', async () => (await active('SELECT pg_sleep(30)')) === 1);
      const others = Array.from({ length: 20 }, (_, i) => lab.rows(BY_ID, [i + 1]));
      ticket.cancel(new Error('the client went away'));
      await expect(ticket.answer).rejects.toThrow('the client went away');
      await Promise.all(others);
      await eventually('it is cancelled', async () => (await active('SELECT pg_sleep(30)')) === 0, 2000);
      await eventually('the lane is free', () => !lab.lanes.isStalled && lab.lanes.inFlight === 0);
      expect(lab.failures).toEqual([]);
    });

    it('keeps to a query_timeout', async () => {
      const lab = open();
      const input = { text: 'SELECT pg_sleep(30)', query_timeout: 100 };
      await expect(lab.lanes.read({ input })).rejects.toThrow('Query read timeout');
      await eventually('it is cancelled', async () => (await active('SELECT pg_sleep(30)')) === 0, 2000);
    });
  });

  describe('growing and shrinking', () => {
    it('opens lanes for heavy reads, up to the limit, and closes those that idle', async () => {
      const lab = open({ maxLanes: 3, idleTimeoutMs: 200 });
      const until = performance.now() + 1000;
      const caller = async () => {
        while (performance.now() < until) await lab.rows('SELECT pg_sleep(0.004)');
      };
      await Promise.all(Array.from({ length: 12 }, caller));
      // A busy machine may stall a lane, which does not count.
      expect(lab.lanes.size).toBeGreaterThanOrEqual(3);
      expect(lab.lanes.size).toBeLessThanOrEqual(6);
      await eventually('all but one have left', () => lab.lanes.size === 1, 3000);
      const { rows } = await labs.node.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'lanes'",
      );
      expect(rows).toHaveLength(1);
    });

    it('keeps neither a timer nor a socket that holds the process', async () => {
      const holding = () => process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate');
      const count = (kind: string) => holding().filter((one) => one === kind).length;
      const before = new Map(holding().map((kind) => [kind, count(kind)]));
      await open().rows(BY_ID, [1]);
      // Jest's own timers come and go.
      await eventually('nothing more is held than before', () =>
        holding().every((kind) => count(kind) <= (before.get(kind) ?? 0)),
      );
    });
  });

  it('ends when what is in flight has been answered, and takes nothing after that', async () => {
    const lab = new LaneLab(labs.node);
    const last = lab.rows('SELECT pg_sleep(0.3), 1 AS one');
    await eventually('it runs', async () => (await active('SELECT pg_sleep(0.3)%')) === 1);
    const ended = lab.end();
    await expect(lab.rows(BY_ID, [1])).rejects.toThrow(PoolEndedError);
    expect(await last).toMatchObject([{ one: 1 }]);
    await ended;
    await eventually('all have left', async () => {
      const { rows } = await labs.node.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'lanes'",
      );
      return rows.length === 0;
    });
  });
});
