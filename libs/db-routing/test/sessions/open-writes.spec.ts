import type { PostgresCluster } from '@app/postgres-cluster';
import { type RoutedPool, type RoutedPoolOptions, runInTransaction } from '../../src';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

const WRITES = 60;
/** Writes that follow one another before the pool stops asking for the position of each. */
const PLACED = 16;

describe('writes in no session that no read has followed', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let lastId = 0;

  beforeAll(async () => {
    cluster = await startCluster();
    await cluster.primary.query('CREATE TABLE note (id int PRIMARY KEY); GRANT ALL ON note TO PUBLIC');
  });
  afterAll(() => cluster.stop());

  async function start(options: Partial<RoutedPoolOptions> = {}): Promise<void> {
    pool = await startPool(cluster, { maxStalenessMs: 60_000, maxConnectionsPerNode: 1, ...options });
    await cluster.waitForReplication();
    await untilAllFit(pool);
    await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  }
  afterEach(async () => {
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
    await pool.end();
  });

  const insert = () => pool.query('INSERT INTO note VALUES ($1)', [++lastId]);
  async function insertMany(): Promise<void> {
    for (let write = 0; write < WRITES; write++) await insert();
  }
  const hasLast = async () => {
    const { rows } = await pool.query('SELECT id FROM note WHERE id = $1', [lastId]);
    return rows.length === 1;
  };
  const rolesOf = async (work: () => Promise<unknown>) => {
    const trace = new RouteTrace();
    await trace.record(work);
    return trace.entries.map(({ role }) => role);
  };
  /** How often the pool's only exclusive connection to the primary was asked for the position. */
  async function questions(): Promise<number> {
    const { rows } = await runInTransaction({ manager: pool.transactions }, () =>
      pool.query<{ times: number }>(
        `SELECT coalesce(sum(generic_plans + custom_plans), 0)::int AS times
           FROM pg_prepared_statements WHERE name = 'db_routing_position'`,
      ),
    );
    return rows[0]?.times ?? 0;
  }

  it('cost no question for their positions', async () => {
    await start();
    await insertMany();
    expect(await questions()).toBe(PLACED);
  });

  it('ask for every position where a token may contain it', async () => {
    await start({ consistencyTokens: { keys: [{ id: 'k1', secret: 'x'.repeat(32) }] } });
    await insertMany();
    expect(await questions()).toBe(WRITES);
  });

  it('ask for every position while reads follow', async () => {
    await start();
    for (let write = 0; write < WRITES; write++) {
      await insert();
      expect(await hasLast()).toBe(true);
    }
    expect(await questions()).toBe(WRITES);
  });

  it('are seen by the reads of the session, while no replica has them', async () => {
    await start();
    await insertMany();
    expect(await hasLast()).toBe(true);
    await insertMany();
    const readOnly = { manager: pool.transactions, readOnly: true } as const;
    expect(await runInTransaction(readOnly, hasLast)).toBe(true);
    await insertMany();
    expect(await pool.newSession().run(hasLast)).toBe(true);
  });

  it('are seen by many callers at once', async () => {
    await start();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let write = 0; write < WRITES; write++) {
          const id = ++lastId;
          await pool.query('INSERT INTO note VALUES ($1)', [id]);
          if (write % 20 !== 19) continue;
          const { rows } = await pool.query('SELECT id FROM note WHERE id = $1', [id]);
          expect(rows).toEqual([{ id }]);
        }
      }),
    );
  });

  it('leave the replicas their reads', async () => {
    await start();
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
    await insertMany();
    await cluster.waitForReplication();
    expect(await rolesOf(hasLast)).toEqual(['replica']);
    await insertMany();
    const session = pool.newSession();
    await cluster.waitForReplication();
    await eventually('the new session has its position', () => !session.hasUnplacedWrites);
    expect(await rolesOf(() => session.run(hasLast))).toEqual(['replica']);
  });
});
