import { ConnectFailedError, ConnectionLostError } from '../src';
import { systemClock } from '../src/clock';
import { HeavyStatements } from '../src/postgres/lanes/heavy-statements';
import type { LaneOptions } from '../src/postgres/lanes/lane-read';
import { type LaneLab, useLaneLabs } from './lanes-support';
import { eventually } from './support';

const BY_ID = 'SELECT * FROM item WHERE id = $1';

describe('lanes to a node in trouble', () => {
  const labs = useLaneLabs({ maxLanes: 1 });
  const { open } = labs;

  async function settled(reads: Promise<unknown>[]): Promise<(string | undefined)[]> {
    return (await Promise.allSettled(reads)).map((one) =>
      one.status === 'rejected' ? (one.reason as Error).name : undefined,
    );
  }

  it('rejects everything in flight when the connection is ended, tells it once, and connects anew', async () => {
    const lab = open();
    const pid = await lab.backend();
    const errors = settled([
      lab.rows('SELECT pg_sleep(30)'),
      ...[1, 2, 3].map((id) => lab.rows(BY_ID, [id])),
    ]);
    await labs.node.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
    expect(await errors).toEqual(Array(4).fill(ConnectionLostError.name));
    expect(lab.failures).toHaveLength(1);
    expect(await lab.rows(BY_ID, [1])).toEqual([{ id: 1, label: 'item 1' }]);
    expect(lab.lanes.counters.opened).toBe(2);
  });

  it('does so when the link is reset', async () => {
    const lab = open();
    await lab.rows(BY_ID, [1]);
    const errors = settled([lab.rows('SELECT pg_sleep(30)'), lab.rows(BY_ID, [1])]);
    await labs.node.link.reset();
    expect(await errors).toEqual([ConnectionLostError.name, ConnectionLostError.name]);
    await expect(lab.rows(BY_ID, [1])).rejects.toBeInstanceOf(ConnectFailedError);
    await labs.node.link.restore();
    expect(await lab.rows(BY_ID, [1])).toHaveLength(1);
  });

  it('does not take a statement for a slow one because the node hung for a moment', async () => {
    const habits = new HeavyStatements({ clock: systemClock });
    const lab = open({ habits });
    await lab.warm(BY_ID, [1]);
    labs.node.freeze();
    const read = lab.rows(BY_ID, [1]);
    // The sweep looks at the lane many times meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 600));
    labs.node.thaw();
    await read;
    expect(habits.needsExclusive(BY_ID)).toBe(false);
    // A statement that is slow by itself is another case.
    const slow = 'SELECT pg_sleep(0.2), $1::int';
    await lab.rows(slow, [1]);
    await lab.rows(slow, [1]);
    expect(habits.needsExclusive(slow)).toBe(true);
  });

  it('gives up a node that never answers', async () => {
    const lab = open({ statementTimeoutMs: 200, acquireTimeoutMs: 400 });
    await lab.rows(BY_ID, [1]);
    labs.node.link.cut();
    const reads = [1, 2, 3].map((id) => lab.rows(BY_ID, [id]));
    const errors = await settled(reads);
    expect(errors[0]).toBe('ConnectionLostError');
    for (const error of errors) expect(['ConnectionLostError', 'PoolExhaustedError']).toContain(error);
    expect(lab.failures.map(({ message }) => message)).toContain('no answer within 700 ms');
    await labs.node.link.restore();
    await eventually('it serves again', async () =>
      lab.rows(BY_ID, [1]).then(
        () => true,
        () => false,
      ),
    );
  });

  it('lets go of everything when it is told to, and can be used again', async () => {
    const lab = open();
    await lab.rows(BY_ID, [1]);
    labs.node.link.cut();
    const errors = settled([1, 2, 3].map((id) => lab.rows(BY_ID, [id])));
    lab.lanes.abandon(new Error('the node is down'));
    expect(await errors).toEqual(Array(3).fill(ConnectionLostError.name));
    expect(lab.lanes.inFlight).toBe(0);
    const waiting = lab.rows(BY_ID, [1]);
    lab.lanes.abandon(new Error('the node is down'));
    await expect(waiting).rejects.toBeInstanceOf(ConnectFailedError);
    await labs.node.link.restore();
    expect(await lab.rows(BY_ID, [1])).toHaveLength(1);
    expect(lab.failures).toEqual([]);
  });

  it('says what is wrong when it cannot connect', async () => {
    const lab = open({
      connection: { connectionString: labs.node.url('migrator').replace(/:[^:@/]+@/, ':wrong@') },
    });
    await expect(lab.rows(BY_ID, [1])).rejects.toThrow(/password authentication failed/);
    expect(lab.failures).toHaveLength(1);
  });

  describe('prepared statements', () => {
    /**
     * A clock that makes no statement late: on a busy machine, a late one would open a second lane, which
     * prepares its own statements.
     */
    const steady = (options: Partial<LaneOptions> = {}) =>
      open({ clock: { ...systemClock, now: () => 0 }, ...options });

    async function preparedNames(lab: LaneLab): Promise<unknown[]> {
      return (await lab.rows('SELECT name FROM pg_prepared_statements')).map(({ name }) => name);
    }

    it('are used from the fifth use on', async () => {
      const lab = steady();
      for (let use = 1; use <= 4; use++) await lab.rows(BY_ID, [use]);
      expect(await preparedNames(lab)).toEqual([]);
      await lab.rows(BY_ID, [5]);
      expect(await preparedNames(lab)).toHaveLength(1);
    });

    it('keep the name that the caller gave', async () => {
      const lab = steady();
      await lab.rows({ text: BY_ID, values: [1], name: 'by-id' });
      expect(await preparedNames(lab)).toEqual(['by-id']);
      const other = lab.rows({ text: 'SELECT 1', name: 'by-id' });
      await expect(other).rejects.toThrow("'by-id' was used for a different statement");
    });

    it('are not made for a pooler that works by transaction', async () => {
      const lab = steady({ prepare: false });
      for (let use = 1; use <= 10; use++) {
        await lab.rows(BY_ID, [use], { wantsPosition: true });
        await lab.rows({ text: BY_ID, values: [1], name: 'by-id' });
      }
      expect(await preparedNames(lab)).toEqual([]);
    });

    it('survive a table that changes under reads in flight', async () => {
      const lab = steady();
      await lab.warm(BY_ID, [1]);
      let isOver = false;
      let reads = 0;
      const caller = async () => {
        while (!isOver) {
          expect(await lab.rows(BY_ID, [1])).toHaveLength(1);
          reads += 1;
        }
      };
      const callers = Promise.all(Array.from({ length: 8 }, caller));
      for (let change = 0; change < 5; change++) {
        await labs.node.query(`ALTER TABLE item ADD COLUMN extra_${change} int DEFAULT ${change}`);
        const before = reads;
        await eventually('they go on', () => reads > before + 100);
      }
      isOver = true;
      await callers;
      expect(await lab.rows(BY_ID, [1])).toMatchObject([{ id: 1, extra_4: 4 }]);
      for (let change = 0; change < 5; change++) {
        await labs.node.query(`ALTER TABLE item DROP COLUMN extra_${change}`);
      }
      expect((await preparedNames(lab)).length).toBeLessThanOrEqual(1);
    });

    it('survive being deallocated behind the back of the lane, own names included', async () => {
      const lab = steady();
      const named = { text: 'SELECT label FROM item WHERE id = $1', values: [2], name: 'mine' };
      await lab.warm(BY_ID, [1]);
      await lab.rows(named);
      const settledReads = Promise.all([
        lab.rows('DEALLOCATE ALL'),
        ...Array.from({ length: 10 }, () => lab.rows(BY_ID, [1])),
        ...Array.from({ length: 10 }, () => lab.rows(named)),
      ]);
      for (const rows of (await settledReads).slice(1)) expect(rows).toHaveLength(1);
      await lab.warm(BY_ID, [1]);
      await lab.rows(named);
      expect(await preparedNames(lab)).toHaveLength(2);
    });

    it('are at most 256, the ones least recently used leaving', async () => {
      const lab = steady();
      for (let text = 0; text < 300; text++) {
        const uses = Array.from({ length: 5 }, () => lab.rows(`SELECT ${text} AS text, $1::int AS use`, [1]));
        await Promise.all(uses);
      }
      expect((await preparedNames(lab)).length).toBe(256);
      expect(lab.lanes.counters.prepared).toBe(300);
      expect(await lab.rows('SELECT 299 AS text, $1::int AS use', [1])).toEqual([{ text: 299, use: 1 }]);
      expect(lab.lanes.counters.prepared).toBe(300);
    });
  });

  // Comes last, because the whole server has to recover.
  it('rejects everything in flight when the process behind it is killed', async () => {
    const lab = open();
    const errors = settled([lab.rows('SELECT pg_sleep(30)'), lab.rows(BY_ID, [1])]);
    await eventually('it runs', async () => {
      const { rows } = await labs.node.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'",
      );
      if (rows[0]) process.kill(rows[0].pid, 'SIGKILL');
      return rows[0] !== undefined;
    });
    expect(await errors).toEqual([ConnectionLostError.name, ConnectionLostError.name]);
    expect(lab.failures).toHaveLength(1);
    const serves = () =>
      lab.rows(BY_ID, [1]).then(
        () => true,
        () => false,
      );
    await eventually('the server has recovered', serves, 45_000);
  });
});
