import { walPosition } from '../src/postgres/position/wal-position';
import type { PostgresCluster } from '@app/postgres-cluster';
import { Query } from 'pg';
import Cursor from 'pg-cursor';
import { bounded, type RoutedPool, runInTransaction, Session, withReadConsistency } from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a session', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let nextId = 1;

  beforeAll(async () => {
    cluster = await startCluster();
    pool = await startPool(cluster, { maxStalenessMs: 60_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  afterEach(async () => {
    for (const replica of cluster.replicas) {
      await replica.resumeReplay();
      await replica.setApplyDelay(0);
    }
    await cluster.waitForReplication();
    // Forget what was learned about the paused replicas.
    const served = new Set<string | undefined>();
    await eventually('both replicas serve sessions again', async () => {
      const trace = new RouteTrace();
      const session = new Session();
      await session.run(() => withReadConsistency('strong', () => count(0)));
      await session.run(() => trace.record(() => count(0)));
      if (trace.entries.at(-1)?.role === 'replica') served.add(trace.entries.at(-1)?.node);
      return served.size === 2;
    });
  });

  const pauseReplicas = () => Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  const insert = (id: number) => pool.query('INSERT INTO note VALUES ($1, $2)', [id, 'text']);
  const count = async (id: number): Promise<number> => {
    const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM note WHERE id = $1', [
      id,
    ]);
    return rows[0]?.n ?? -1;
  };

  async function routed<T>(work: () => Promise<T>): Promise<{ result: T; route: string[] }> {
    const trace = new RouteTrace();
    const result = await trace.record(work);
    return { result, route: trace.entries.map(({ role, reason }) => `${role} ${reason}`) };
  }

  it.each([
    ['an autocommit write', insert],
    ['a transaction', (id: number) => runInTransaction({ manager: pool.transactions }, () => insert(id))],
    [
      'a client that begins and commits by hand',
      async (id: number) => {
        const client = await pool.connect();
        await client.query('BEGIN');
        await client.query('INSERT INTO note VALUES ($1, $2)', [id, 'text']);
        await client.query('COMMIT');
        client.release();
      },
    ],
    [
      'a cursor',
      async (id: number) => {
        await pool.query(new Cursor('INSERT INTO note VALUES ($1, $2)', [id, 'text'])).read(1);
      },
    ],
    [
      'a query object, whose callback reads at once',
      (id: number) =>
        new Promise<void>((resolve, reject) => {
          const read = () => {
            count(id).then((n) => (n === 1 ? resolve() : reject(new Error(`it reads ${n}`))), reject);
          };
          pool.query(new Query('INSERT INTO note VALUES ($1, $2)', [id, 'text'], read as never) as never);
        }),
    ],
  ])('reads what it wrote by %s, while no replica has it', async (_, write) => {
    await pauseReplicas();
    const id = nextId++;
    await new Session().run(async () => {
      await write(id);
      const { result, route } = await routed(() => count(id));
      expect(result).toBe(1);
      expect(route.at(-1)).toMatch(/^primary (replicas-behind|session-write)$/);
    });
    expect(await withReadConsistency('eventual', () => count(id))).toBe(0);
  });

  it('reads from replicas again as soon as they have it', async () => {
    const id = nextId++;
    const session = new Session();
    await session.run(() => insert(id));
    await cluster.waitForReplication();
    for (let read = 0; read < 20; read++) {
      const { result, route } = await routed(() => session.run(() => count(id)));
      expect(result).toBe(1);
      expect(route).toEqual(['replica read']);
    }
  });

  it('waits for a replica that is about to have it, rather than go to the primary', async () => {
    for (const replica of cluster.replicas) await replica.setApplyDelay(40);
    const waits: boolean[] = [];
    pool.on('positionWait', ({ isReached }) => waits.push(isReached));
    const session = new Session();
    let onReplica = 0;
    // On a stalling machine, one wait may fail, and the next reads then avoid the replica for a moment.
    await eventually('fifteen reads were served by replicas', async () => {
      const id = nextId++;
      await session.run(() => insert(id));
      const { result, route } = await routed(() => session.run(() => count(id)));
      expect(result).toBe(1);
      if (route.at(-1)?.startsWith('replica')) onReplica += 1;
      return onReplica === 15;
    });
    pool.removeAllListeners('positionWait');
    expect(waits.filter((isReached) => isReached).length).toBeGreaterThanOrEqual(10);
  });

  it('never sees less than it has seen, whichever replica it comes to', async () => {
    const [ahead, behind] = cluster.replicas;
    await behind?.pauseReplay();
    const id = nextId++;
    await insert(id);
    await cluster.waitForReplication({ replicas: ahead ? [ahead] : [] });
    const session = new Session();
    // Until it reads from the replica that is ahead, it may see either state; from then on only the newer
    // one.
    let hasSeen = false;
    for (let read = 0; read < 60; read++) {
      const n = await session.run(() => count(id));
      if (hasSeen) expect(n).toBe(1);
      hasSeen ||= n === 1;
    }
    expect(hasSeen).toBe(true);
  });

  it('moves on with the reads of transactions and cursors, those that are rolled back included', async () => {
    const id = nextId++;
    await insert(id);
    const session = new Session();
    await session.run(() =>
      expect(
        runInTransaction({ manager: pool.transactions }, async () => {
          await count(id);
          throw new Error('rolled back');
        }),
      ).rejects.toThrow('rolled back'),
    );
    const afterRollback = session.position;
    expect(afterRollback).toBeDefined();

    await insert(nextId++);
    await cluster.waitForReplication();
    await session.run(async () => {
      const cursor = pool.query(new Cursor('SELECT id FROM note'));
      expect((await cursor.read(10)).length).toBeGreaterThan(0);
      await cursor.close();
      await eventually('the cursor moved the session on', () => {
        const { position } = session;
        return position !== undefined && !afterRollback?.log.has(position.log);
      });
    });
  });

  it('is kept by read-only transactions on replicas', async () => {
    await pauseReplicas();
    const id = nextId++;
    const session = new Session();
    await session.run(() => insert(id));
    const { result, route } = await routed(() =>
      session.run(() => runInTransaction({ manager: pool.transactions, readOnly: true }, () => count(id))),
    );
    expect(result).toBe(1);
    expect(route).toEqual(['primary replicas-behind']);
  });

  it('knows a table that it has made, while no replica does', async () => {
    await pauseReplicas();
    await new Session().run(async () => {
      await pool.query('CREATE TABLE made (id int)');
      const { rows } = await pool.query('SELECT count(*)::int AS n FROM made');
      expect(rows).toEqual([{ n: 0 }]);
      await pool.query('DROP TABLE made');
    });
  });

  it('can be read past: eventual and bounded reads take what a replica has, strong ones ask the primary', async () => {
    await pauseReplicas();
    const id = nextId++;
    await new Session().run(async () => {
      await insert(id);
      expect(await withReadConsistency('eventual', () => count(id))).toBe(0);
      expect(await withReadConsistency(bounded({ maxStalenessMs: 60_000 }), () => count(id))).toBe(0);
      const { result, route } = await routed(() => withReadConsistency('strong', () => count(id)));
      expect(result).toBe(1);
      expect(route).toEqual(['primary strong']);
    });
  });

  it('of another timeline is served by the primary alone', async () => {
    const primary = pool.topology.primary;
    const systemId = primary?.systemId ?? '';
    const session = new Session(walPosition(systemId, (primary?.timeline ?? 1) - 1, 1n));
    const { route } = await routed(() => session.run(() => count(1)));
    expect(route).toEqual(['primary replicas-behind']);
    // The primary reports a position of its own timeline, which the replicas have.
    await cluster.waitForReplication();
    expect((await routed(() => session.run(() => count(1)))).route).toEqual(['replica read']);
  });

  it('that begins ahead of the primary is refused, or goes on from where the primary is', async () => {
    const { systemId = '', timeline = 1 } = pool.topology.primary ?? {};
    const ahead = walPosition(systemId, timeline, 1n << 60n);
    await expect(new Session(ahead).run(() => count(1))).rejects.toThrow('ahead of the primary');
    const lenient = new Session(ahead, { onAhead: 'ignore' });
    await lenient.run(() => count(1));
    expect(lenient.wasAhead).toBe(true);
    expect(lenient.position?.log.has(ahead.log)).toBe(false);
  });
});
