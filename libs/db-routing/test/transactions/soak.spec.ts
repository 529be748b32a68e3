import type { PostgresCluster } from '@app/postgres-cluster';
import { CommitOutcomeUnknownError, type RoutedPool, runInTransaction } from '../../src';
import { eventually, startPool } from '../support';
import { startCluster } from '../test-cluster';

const TRANSACTIONS = 10_000;
const WORKERS = 12;

/** A reproducible sequence of numbers in [0, 1) (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

describe(`${TRANSACTIONS} transactions with random failures`, () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0 });
    pool = await startPool(cluster, { maxConnectionsPerNode: 8 });
    await pool.query('CREATE TABLE line (id int, part text)');
    await pool.refreshCatalog();
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  const write = (id: number, part: string) => pool.query('INSERT INTO line VALUES ($1, $2)', [id, part]);

  const FAILURES: Record<string, (id: number) => Promise<unknown>> = {
    'the function throws': async () => {
      throw new Error('thrown');
    },
    'a statement fails': () => pool.query('SELECT 1/0'),
    'a statement fails and is caught': () => pool.query('SELECT 1/0').catch(() => undefined),
    'a joined scope fails and is caught': () =>
      runInTransaction(async () => {
        throw new Error('joined');
      }).catch(() => undefined),
    'the backend is killed': () =>
      pool.query('SELECT pg_terminate_backend(pg_backend_pid())').catch(() => undefined),
    'it takes too long': () => pool.query('SELECT pg_sleep(5)'),
    'parallel statements, one fails': (id) =>
      Promise.all([write(id, 'x'), pool.query('SELECT 1/0'), write(id, 'y')]),
  };

  it('no row of a rolled-back one, no missing row of a committed one, nothing leaked', async () => {
    const random = seeded(20_261_121);
    const kinds = Object.keys(FAILURES);
    const ids = { committed: [] as number[], unknown: [] as number[] };
    const counts: Record<string, number> = { committed: 0, 'rolled back': 0, unknown: 0 };
    let next = 0;

    const worker = async () => {
      while (next < TRANSACTIONS) {
        const id = (next += 1);
        // Half of them fail; failures that cost a connection are rarer.
        const kind = random() < 0.5 ? undefined : kinds[Math.floor(random() * kinds.length)]!;
        const isCostly = kind === 'the backend is killed' || kind === 'it takes too long';
        const failure = isCostly && random() < 0.9 ? undefined : kind;
        try {
          await runInTransaction({ timeoutMs: failure === 'it takes too long' ? 40 : 20_000 }, async () => {
            await write(id, 'first');
            await runInTransaction({ propagation: 'NESTED' }, async () => {
              await write(id, 'undone');
              throw new Error('undo');
            }).catch(() => undefined);
            await FAILURES[failure ?? '']?.(id);
            await write(id, 'last');
          });
          ids.committed.push(id);
          counts['committed']! += 1;
        } catch (error) {
          if (error instanceof CommitOutcomeUnknownError) ids.unknown.push(id);
          counts[error instanceof CommitOutcomeUnknownError ? 'unknown' : 'rolled back']! += 1;
          if (failure === undefined) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    process.stdout.write(`${TRANSACTIONS} transactions: ${JSON.stringify(counts)}\n`);

    await eventually('no transaction is open', async () => {
      const { rows } = await cluster.primary.query(
        "SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL",
      );
      return rows.length === 0;
    });
    const { rows } = await cluster.primary.query<{ id: number; parts: string }>(
      "SELECT id, string_agg(part, ' ' ORDER BY part) AS parts FROM line GROUP BY id ORDER BY id",
    );
    const found = new Map(rows.map((row) => [row.id, row.parts]));
    for (const id of ids.unknown) found.delete(id);
    expect([...found.keys()]).toEqual(ids.committed.sort((a, b) => a - b));
    expect(new Set(found.values())).toEqual(new Set(['first last']));
    expect(counts['committed']).toBeGreaterThan(TRANSACTIONS * 0.4);
    expect(counts['rolled back']).toBeGreaterThan(TRANSACTIONS * 0.2);

    // Every connection is back, so as many transactions can run at once as there are connections.
    let inside = 0;
    let open: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (open = resolve));
    await Promise.all(
      Array.from({ length: 8 }, () =>
        runInTransaction(async () => {
          await pool.query('SELECT 1');
          inside += 1;
          if (inside === 8) open();
          await all;
        }),
      ),
    );
    const backends = await cluster.primary.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'db-routing' AND backend_type = 'client backend'",
    );
    expect(backends.rows.length).toBeLessThanOrEqual(8);
  }, 180_000);
});
