import type { PostgresCluster } from '@app/postgres-cluster';
import Cursor from 'pg-cursor';
import { Entity, PrimaryColumn } from 'typeorm';
import {
  currentTransaction,
  type RoutedPool,
  runInTransaction,
  Session,
  withReadConsistency,
} from '../../src';
import { RoutedDataSource, routedDataSourceOptions } from '../../src/typeorm';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

@Entity('note')
class Note {
  @PrimaryColumn({ type: 'int' })
  id!: number;
}

describe('code that runs in no session', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let dataSource: RoutedDataSource;
  let nextId = 1;

  beforeAll(async () => {
    cluster = await startCluster();
    pool = await startPool(cluster, { maxStalenessMs: 60_000 });
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.refreshCatalog();
    dataSource = new RoutedDataSource(routedDataSourceOptions(pool, { entities: [Note] }));
    await dataSource.initialize();
    await untilAllFit(pool);
  });

  afterAll(async () => {
    await dataSource.destroy();
    await pool.end();
    await cluster.stop();
  });

  beforeEach(async () => {
    await cluster.waitForReplication();
    await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  });
  afterEach(async () => {
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
    await cluster.waitForReplication();
  });

  const insert = (id: number) => pool.query('INSERT INTO note VALUES ($1)', [id]);
  const count = async (id: number): Promise<number> => {
    const text = 'SELECT count(*)::int AS n FROM note WHERE id = $1';
    const { rows } = await pool.query<{ n: number }>(text, [id]);
    return rows[0]?.n ?? -1;
  };
  const inTransaction = <T>(work: () => Promise<T>) => runInTransaction({ manager: pool.transactions }, work);
  async function rolesOf(work: () => Promise<unknown>): Promise<string[]> {
    const trace = new RouteTrace();
    await trace.record(work);
    return trace.entries.map(({ role }) => role);
  }

  const WRITES: Record<string, (id: number) => Promise<unknown>> = {
    'an autocommit statement': insert,
    'a transaction': (id) => inTransaction(() => insert(id)),
    'a transaction that a crash may take back': (id) =>
      runInTransaction({ manager: pool.transactions, durability: 'off', issuesToken: false }, () =>
        insert(id),
      ),
    'a transaction begun by hand': async (id) => {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query('INSERT INTO note VALUES ($1)', [id]);
      await client.query('COMMIT');
      client.release();
    },
    'a client that sets something first': async (id) => {
      const client = await pool.connect();
      await client.query("SET lock_timeout = '5s'");
      await client.query('INSERT INTO note VALUES ($1)', [id]);
      client.release();
    },
    'a cursor': (id) => pool.query(new Cursor('INSERT INTO note VALUES ($1)', [id])).read(1),
    'a repository': (id) => dataSource.getRepository(Note).save({ id }),
    'the other branch of Promise.all': (id) => Promise.all([insert(id), pool.query('SELECT 1')]),
    'a session of its own': (id) => new Session().run(() => insert(id)),
    'code that reads at the level eventual': (id) => withReadConsistency('eventual', () => insert(id)),
  };

  it.each(Object.keys(WRITES))('reads what was written by %s, while no replica has it', async (way) => {
    const id = nextId++;
    await WRITES[way]?.(id);
    expect(await count(id)).toBe(1);
    expect(await dataSource.getRepository(Note).findOneBy({ id })).toEqual({ id });
    const readOnly = { manager: pool.transactions, readOnly: true } as const;
    expect(await runInTransaction(readOnly, () => count(id))).toBe(1);
  });

  /** Afterwards the pool no longer asks for the position of each write, and the replicas have all so far. */
  const writeMuch = async () => {
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
    for (let written = 0; written < 20; written++) await insert(nextId++);
    await cluster.waitForReplication();
    await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  };

  it.each(Object.keys(WRITES))('reads what was written last in a run of writes: by %s', async (way) => {
    await writeMuch();
    const id = nextId++;
    await WRITES[way]?.(id);
    expect(await count(id)).toBe(1);
  });

  const READS: Record<string, (id: number) => Promise<number>> = {
    'a repository': (id) => dataSource.getRepository(Note).countBy({ id }),
    'a read-only transaction': (id) =>
      runInTransaction({ manager: pool.transactions, readOnly: true }, () => count(id)),
    'a cursor': async (id) => {
      const rows = await pool.query(new Cursor('SELECT 1 FROM note WHERE id = $1', [id])).read(10);
      return rows.length;
    },
    'a client': async (id) => {
      const client = await pool.connect();
      const { rowCount } = await client.query('SELECT 1 FROM note WHERE id = $1', [id]);
      client.release();
      return rowCount ?? 0;
    },
    'a session that begins with it': (id) => pool.sessionOfWrites().run(() => count(id)),
    'each of many that read at once': async (id) => {
      const counts = await Promise.all(Array.from({ length: 20 }, () => count(id)));
      return Math.min(...counts);
    },
  };

  it.each(Object.keys(READS))('reads what was written in a run of writes: %s', async (way) => {
    await writeMuch();
    const id = nextId++;
    await insert(id);
    expect(await READS[way]?.(id)).toBe(1);
  });

  it('reads from replicas again after a run of writes', async () => {
    await writeMuch();
    await insert(nextId++);
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
    await eventually('a replica serves it', async () => (await rolesOf(() => count(1)))[0] === 'replica');
  });

  it('reads in a hook what was committed', async () => {
    const ids = [nextId++, nextId++, nextId++];
    const seen: Promise<number>[] = [];
    await inTransaction(async () => {
      for (const propagation of ['REQUIRED', 'NESTED', 'REQUIRES_NEW'] as const) {
        const id = ids[seen.length] ?? 0;
        await runInTransaction({ manager: pool.transactions, propagation }, async () => {
          await insert(id);
          seen.push(
            new Promise((tell) => currentTransaction()?.afterCommit(async () => tell(await count(id)))),
          );
        });
      }
    });
    expect(await Promise.all(seen)).toEqual([1, 1, 1]);
  });

  it('reads from replicas again as soon as they have it', async () => {
    const id = nextId++;
    await insert(id);
    await Promise.all(cluster.replicas.map((replica) => replica.resumeReplay()));
    await cluster.waitForReplication();
    const served = new Set<string>();
    await eventually('both serve it', async () => {
      const trace = new RouteTrace();
      expect(await trace.record(() => count(id))).toBe(1);
      for (const { node } of trace.entries) served.add(node);
      return cluster.replicas.every(({ name }) => served.has(name));
    });
  });

  it('is not moved on by what it reads: what others write moves no read to the primary', async () => {
    await cluster.primary.query('INSERT INTO note VALUES ($1)', [nextId++]);
    expect(await rolesOf(() => withReadConsistency('strong', () => count(0)))).toEqual(['primary']);
    const vetoed = inTransaction(async () => {
      await count(0);
      throw new Error('rolled back');
    });
    await expect(vetoed).rejects.toThrow('rolled back');
    for (let read = 0; read < 10; read++) expect(await rolesOf(() => count(0))).toEqual(['replica']);
    const readOnly = { manager: pool.transactions, readOnly: true } as const;
    expect(await rolesOf(() => runInTransaction(readOnly, () => count(0)))).toEqual(['replica']);
  });

  it('may choose to read whatever a replica has', async () => {
    const id = nextId++;
    await insert(id);
    expect(await withReadConsistency('eventual', () => count(id))).toBe(0);
  });
});
