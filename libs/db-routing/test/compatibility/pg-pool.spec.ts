import { EventEmitter } from 'node:events';
import pg, { type Pool, type PoolClient } from 'pg';
import { eventually } from '../support';
import { useLab } from './support';

/**
 * The behaviour that pg-pool's own tests require of a pool, by subject. `connect` returns clients that take a
 * connection only when they need one. So where pg-pool's tests count connections, these use clients that have
 * needed one: `SELECT txid_current()` needs the primary.
 */
describe("as pg-pool's own tests have it", () => {
  const lab = useLab({ maxConnectionsPerNode: 2, acquireTimeoutMs: 400 });
  let pool: Pool;
  const NEEDS_ONE = 'SELECT txid_current()';

  async function bound(): Promise<PoolClient> {
    const client = await pool.connect();
    await client.query(NEEDS_ONE);
    return client;
  }

  beforeAll(() => {
    pool = lab.pool;
  });

  describe('what it is', () => {
    it('is a pg.Pool and an EventEmitter', () => {
      expect(pool).toBeInstanceOf(pg.Pool);
      expect(pool).toBeInstanceOf(EventEmitter);
    });

    it('has options of the same shape, without a password in sight', () => {
      expect(pool.options).toMatchObject({ max: 2, user: 'migrator', database: 'shop' });
      expect(Object.keys(pool.options)).not.toContain('password');
      expect(JSON.stringify(pool.options)).not.toContain(lab.cluster.credentials('migrator').password);
    });

    it('hands out clients that are clients', async () => {
      const client = await pool.connect();
      expect(client).toBeInstanceOf(EventEmitter);
      expect(client.escapeIdentifier('a"b')).toBe('"a""b"');
      expect(client.escapeLiteral("it's")).toBe("'it''s'");
      client.release();
    });
  });

  describe('connect', () => {
    it('by promise, and by callback with a function that gives back', async () => {
      const client = await pool.connect();
      expect((await client.query('SELECT $1::text AS name', ['brianc'])).rows).toEqual([{ name: 'brianc' }]);
      client.release();

      await new Promise<void>((resolve, reject) => {
        pool.connect((error, given, release) => {
          if (error || !given) {
            reject(error ?? new Error('no client'));
            return;
          }
          given.query('SELECT NOW() AS now', (failed: Error | null) => {
            release();
            if (failed) reject(failed);
            else resolve();
          });
        });
      });
    });

    it('fails when no connection comes free in time', async () => {
      const clients = [await bound(), await bound()];
      await expect(bound()).rejects.toThrow();
      for (const client of clients) client.release();
    });

    it('serves those that wait in order', async () => {
      const [first, second] = [await bound(), await bound()];
      const order: number[] = [];
      const waiting = [1, 2].map(async (n) => {
        const client = await bound();
        order.push(n);
        client.release();
      });
      await eventually('both wait', () => pool.waitingCount === 2);
      first.release();
      await Promise.all(waiting);
      second.release();
      expect(order).toEqual([1, 2]);
    });
  });

  describe('query', () => {
    it('by promise with text, values, config, and row mode', async () => {
      expect((await pool.query('SELECT $1::text AS name', ['hi'])).rows).toEqual([{ name: 'hi' }]);
      expect((await pool.query({ text: 'SELECT $1::int AS n', values: [1] })).rows).toEqual([{ n: 1 }]);
      expect((await pool.query({ text: 'SELECT 1, 2', rowMode: 'array' })).rows).toEqual([[1, 2]]);
    });

    it('by callback, with and without values', async () => {
      const rows = (values: unknown[] | undefined) =>
        new Promise((resolve, reject) => {
          const done = (error: Error | undefined, result: { rows: unknown[] }) =>
            error ? reject(error) : resolve(result.rows);
          if (values) pool.query('SELECT $1::int AS n', values, done);
          else pool.query('SELECT 2 AS n', done);
        });
      expect(await rows([1])).toEqual([{ n: 1 }]);
      expect(await rows(undefined)).toEqual([{ n: 2 }]);
    });

    it('rejects, or calls back, with the error, and the stack names the caller', async () => {
      const error: unknown = await pool.query('SELECT asldkfjasldkf').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: '42703' });
      expect((error as Error).stack).toContain('pg-pool.spec');
      const called = new Promise((resolve) => {
        pool.query('SELECT asldkfjasldkf', (failed: Error | undefined) => resolve(failed));
      });
      expect(await called).toMatchObject({ code: '42703' });
    });

    it('refuses a function', async () => {
      const called = new Promise((resolve) => {
        void pool.query(resolve as never);
      });
      expect(await called).toMatchObject({
        message: expect.stringContaining('Passing a function') as string,
      });
    });

    it('goes on after a hundred errors', async () => {
      const failing = Array.from({ length: 100 }, () =>
        pool.query('SELECT asldkfjasldkf').catch(() => 'failed'),
      );
      expect(new Set(await Promise.all(failing))).toEqual(new Set(['failed']));
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });

    it('reports a value that cannot be sent', async () => {
      const unsendable = {
        toPostgres(): string {
          throw new Error('cannot be sent');
        },
      };
      await expect(pool.query('SELECT $1', [unsendable])).rejects.toThrow('cannot be sent');
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });
  });

  describe('release', () => {
    it('twice throws', async () => {
      const client = await pool.connect();
      client.release();
      expect(() => client.release()).toThrow(/already been released/);
      await new Promise<void>((resolve, reject) => {
        pool.connect((error, _client, release) => {
          if (error) {
            reject(error);
            return;
          }
          release();
          expect(() => release()).toThrow(/already been released/);
          resolve();
        });
      });
    });

    it.each([[true], [new Error('broken')]])('with %p destroys the connection', async (reason) => {
      const client = await pool.connect();
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid, txid_current()');
      client.release(reason);
      await eventually('the server has ended it', async () => {
        const found = await lab.cluster.primary.query('SELECT FROM pg_stat_activity WHERE pid = $1', [
          rows[0]!.pid,
        ]);
        return found.rowCount === 0;
      });
      expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });

    it('without one gives it to the next', async () => {
      const pids = new Set<number>();
      for (let n = 0; n < 5; n += 1) {
        const client = await pool.connect();
        const { rows } = await client.query<{ pid: number }>(
          'SELECT pg_backend_pid() AS pid, txid_current()',
        );
        pids.add(rows[0]!.pid);
        client.release();
      }
      expect(pids.size).toBe(1);
    });

    it('leaves no session state for the next', async () => {
      const client = await pool.connect();
      await client.query("SET application_name = 'left behind'");
      client.release();
      const { rows } = await pool.query("SELECT current_setting('application_name') AS name, txid_current()");
      expect(rows[0]).toMatchObject({ name: 'db-routing' });
    });
  });

  // Every option of pg.Pool is honoured, or refused by name:
  // src/postgres/settings/connection-settings.spec.ts has the table.
});
