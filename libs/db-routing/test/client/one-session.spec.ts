import type { PostgresCluster } from '@app/postgres-cluster';
import type { Notification } from 'pg';
import type { RoutedClient, RoutedPool } from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';
import { withClient } from './support';

describe('a client is one session of the server', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    // More concurrent clients than connections, so that connections change hands.
    pool = await startPool(cluster, { maxConnectionsPerNode: 4, acquireTimeoutMs: 20_000 });
    await pool.query('CREATE TABLE ticket (id serial PRIMARY KEY, owner text)');
    await cluster.primary.query('CREATE ROLE teller');
    await cluster.primary.query(`GRANT teller TO ${cluster.credentials('migrator').user}`);
    await cluster.waitForReplication();
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const use = <T>(work: (client: RoutedClient) => Promise<T>) => withClient(pool, work);

  const one = async (client: RoutedClient, text: string): Promise<unknown> => {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return Object.values(rows[0] ?? {})[0];
  };

  it.each(["SELECT currval('ticket_id_seq')::int AS id", 'SELECT lastval()::int AS id'])(
    'gives each of twenty clients at once the number that it was given: %s',
    async (question) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          use(async (client) => {
            const { rows } = await client.query<{ id: number }>(
              'INSERT INTO ticket (owner) VALUES ($1) RETURNING id',
              [`client ${n}`],
            );
            return [rows[0]?.id, await one(client, question)];
          }),
        ),
      );
      for (const [given, asked] of answers) expect(asked).toBe(given);
    },
  );

  it.each([
    "BEGIN; SET LOCAL lock_timeout = '1s'",
    'BEGIN; SELECT 1',
    "START TRANSACTION; SET LOCAL work_mem = '8MB'",
    'SELECT 1; BEGIN',
  ])('commits what follows a BEGIN that came in a text with others: %s', async (text) => {
    await use(async (client) => {
      await client.query(text);
      expect(client.getTransactionStatus()).toBe('T');
      await client.query('INSERT INTO ticket (owner) VALUES ($1)', [text]);
      expect(await client.query('COMMIT')).toMatchObject({ command: 'COMMIT' });
      expect(client.getTransactionStatus()).toBe('I');
    });
    const { rows } = await cluster.primary.query('SELECT 1 FROM ticket WHERE owner = $1', [text]);
    expect(rows).toHaveLength(1);
  });

  const STATE: [string, string, string, unknown][] = [
    ['a role', 'SET ROLE teller', 'SELECT current_user', 'teller'],
    ['a search path', 'SET search_path = pg_catalog', 'SHOW search_path', 'pg_catalog'],
    [
      'a setting by function',
      "SELECT set_config('my.tenant', 'acme', false)",
      "SELECT current_setting('my.tenant')",
      'acme',
    ],
    ['a temporary table', 'CREATE TEMP TABLE basket AS SELECT 7 AS n', 'SELECT n FROM basket', 7],
    ['a prepared statement', 'PREPARE seven AS SELECT 7 AS n', 'EXECUTE seven', 7],
    ['a held cursor', 'DECLARE held CURSOR WITH HOLD FOR SELECT 7 AS n', 'FETCH 1 FROM held', 7],
    ['a channel', 'LISTEN tickets', 'SELECT pg_listening_channels()', 'tickets'],
    [
      'an advisory lock',
      'SELECT pg_advisory_lock(77)',
      "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND pid = pg_backend_pid()",
      1,
    ],
  ];

  it.each(STATE)(
    'keeps %s after the transaction that made it, until release',
    async (_, make, ask, answer) => {
      await use(async (client) => {
        await client.query('BEGIN');
        await client.query(make);
        await client.query('COMMIT');
        await client.query("INSERT INTO ticket (owner) VALUES ('later')").catch(() => undefined);
        expect(await one(client, ask)).toBe(answer);
      });
    },
  );

  it.each(STATE)('leaves %s to no client after it', async (_, make, ask, answer) => {
    for (let n = 0; n < 5; n++) await use((client) => client.query(make));
    const left = await Promise.all(
      Array.from({ length: 4 }, () =>
        use(async (client) => {
          await client.query('BEGIN');
          const found = await one(client, ask).catch(() => 'an error');
          await client.query('ROLLBACK');
          return found;
        }),
      ),
    );
    expect(left).not.toContain(answer);
  });

  it('lets two clients take turns at an advisory lock', async () => {
    const [first, second] = [await pool.connect(), await pool.connect()];
    for (const client of [first, second]) {
      await client.query('BEGIN');
      await client.query('COMMIT');
    }
    expect(await one(first, 'SELECT pg_try_advisory_lock(78)')).toBe(true);
    expect(await one(second, 'SELECT pg_try_advisory_lock(78)')).toBe(false);
    first.release();
    await eventually(
      'the lock is free',
      async () => (await one(second, 'SELECT pg_try_advisory_lock(78)')) === true,
    );
    second.release();
  });

  it('is notified on channels that were named in one text', async () => {
    await use(async (client) => {
      const heard: string[] = [];
      client.on('notification', ({ channel }: Notification) => heard.push(channel));
      await client.query('LISTEN first; LISTEN second');
      await pool.query('NOTIFY first; NOTIFY second');
      await eventually('both are heard', () => heard.length >= 2);
      expect(heard).toEqual(['first', 'second']);
    });
  });

  it('passes on notices of its own statements', async () => {
    await use(async (client) => {
      const notices: (string | undefined)[] = [];
      client.on('notice', ({ message }) => notices.push(message));
      await client.query("DO $$ BEGIN RAISE NOTICE 'mind the gap'; END $$");
      expect(notices).toEqual(['mind the gap']);
    });
  });

  it('reads what it has just written, and goes on doing so', async () => {
    await cluster.replicas[0]!.pauseReplay();
    try {
      await use(async (client) => {
        await client.query("INSERT INTO ticket (owner) VALUES ('myself')");
        expect(await one(client, "SELECT count(*)::int FROM ticket WHERE owner = 'myself'")).toBe(1);
      });
    } finally {
      await cluster.replicas[0]!.resumeReplay();
    }
  });

  it('is on the primary for its next statement once that was asked for', async () => {
    await use(async (client) => {
      client.usePrimary();
      expect(await one(client, 'SELECT pg_is_in_recovery()')).toBe(false);
    });
  });
});
