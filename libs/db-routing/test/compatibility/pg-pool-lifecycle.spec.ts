import type { Pool, PoolClient } from 'pg';
import { eventually, startPool } from '../support';
import { useLab } from './support';

/** The rest of the behaviour that pg-pool's own tests require: see pg-pool.spec.ts. */
describe("the life of a pool, as pg-pool's own tests have it", () => {
  const lab = useLab({ maxConnectionsPerNode: 2, acquireTimeoutMs: 400 });
  let pool: Pool;
  const NEEDS_ONE = 'SELECT txid_current()';

  const another = async (): Promise<Pool> => await startPool(lab.cluster);
  async function bound(from: Pool = pool): Promise<PoolClient> {
    const client = await from.connect();
    await client.query(NEEDS_ONE);
    return client;
  }

  beforeAll(() => {
    pool = lab.pool;
  });

  describe('counts', () => {
    it('total, idle and waiting', async () => {
      const own = await another();
      try {
        expect(
          [own.totalCount, own.idleCount, own.waitingCount].every((count) => Number.isInteger(count)),
        ).toBe(true);
        const client = await bound(own);
        expect(own.totalCount).toBeGreaterThanOrEqual(1);
        const idle = own.idleCount;
        client.release();
        await eventually('one more is idle', () => own.idleCount === idle + 1);
        expect(own.waitingCount).toBe(0);
      } finally {
        await own.end();
      }
    });

    it('waiting', async () => {
      const clients = [await bound(), await bound()];
      const waiting = bound();
      await eventually('one waits', () => pool.waitingCount === 1);
      clients[0]!.release();
      (await waiting).release();
      clients[1]!.release();
      expect(pool.waitingCount).toBe(0);
    });
  });

  describe('events', () => {
    it('connect, acquire, release, and remove, with the client', async () => {
      const own = await another();
      const events: string[] = [];
      for (const event of ['connect', 'acquire', 'release', 'remove'] as const) {
        own.on(event, () => events.push(event));
      }
      const client = await bound(own);
      client.release();
      await own.end();
      await eventually('it was removed', () => events.includes('remove'));
      expect(events).toEqual(expect.arrayContaining(['connect', 'acquire', 'release', 'remove']));
      expect(events.indexOf('connect')).toBeLessThan(events.indexOf('release'));
      expect(events.indexOf('acquire')).toBeLessThan(events.indexOf('release'));
    });

    it('what is done to a client at connect is done to every connection', async () => {
      const own = await another();
      own.on('connect', (client) => {
        void client.query("SET search_path = 'made_at_connect'");
      });
      const path = async (sql: string) =>
        (await own.query<{ search_path: string }>(sql)).rows[0]!.search_path;
      await Promise.all(
        Array.from({ length: 6 }, async () => {
          expect(await path("SELECT current_setting('search_path') AS search_path")).toBe('made_at_connect');
          expect(await path("SELECT current_setting('search_path') AS search_path, txid_current()")).toBe(
            'made_at_connect',
          );
        }),
      );
      await own.end();
    });

    it('notice and error of a client reach it, and a broken one costs nothing', async () => {
      const client = await bound();
      const notice = new Promise((resolve) => client.once('notice', ({ message }) => resolve(message)));
      await client.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
      expect(await notice).toBe('hello');
      const broken = new Promise((resolve) => client.once('error', resolve));
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, txid_current()');
      await lab.cluster.primary.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      expect(await broken).toBeInstanceOf(Error);
      client.release();
      expect((await pool.query(NEEDS_ONE)).rowCount).toBe(1);
    });
  });

  describe('end', () => {
    it('answers what was asked before, and resolves', async () => {
      const own = await another();
      const answers = Array.from({ length: 5 }, () => own.query('SELECT pg_sleep(0.05), 1 AS one'));
      await own.end();
      for (const { rows } of await Promise.all(answers)) expect(rows[0]).toMatchObject({ one: 1 });
      expect(own.ended).toBe(true);
    });

    it('calls back', async () => {
      const own = await another();
      await new Promise<void>((resolve) => own.end(resolve));
    });

    it('waits for clients that are out', async () => {
      const own = await another();
      const client = await bound(own);
      let hasEnded = false;
      const ending = own.end().then(() => (hasEnded = true));
      expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      expect(hasEnded).toBe(false);
      client.release();
      await ending;
    });

    it('refuses what comes after it, and a second end', async () => {
      const own = await another();
      await own.end();
      await expect(own.connect()).rejects.toThrow(/after calling end on the pool/);
      await expect(own.query('SELECT 1')).rejects.toThrow(/after calling end on the pool/);
      await new Promise<void>((resolve) => {
        own.connect((error) => {
          expect(error).toBeInstanceOf(Error);
          resolve();
        });
      });
      await expect(own.end()).rejects.toThrow(/more than once/);
    });
  });
});
