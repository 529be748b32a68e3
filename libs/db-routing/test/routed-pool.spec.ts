import type { PostgresCluster } from '@app/postgres-cluster';
import { NoPrimaryError, RoutedPool } from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a routed pool on a primary and two replicas', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startCluster();
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE note (id int PRIMARY KEY, body text NOT NULL)');
    await pool.query("INSERT INTO note SELECT n, 'note ' || n FROM generate_series(1, 100) AS n");
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  /** The statements by their reports, as in `primary write, replica read`. */
  async function routesOf(work: () => Promise<unknown>): Promise<string[]> {
    const trace = new RouteTrace();
    await trace.record(work);
    return trace.entries.map(({ role, reason }) => `${role} ${reason}`);
  }

  it('finds out which node is the primary', () => {
    expect(pool.topology.primary?.address.name).toBe(cluster.primary.name);
    expect(pool.topology.fitReplicas.map((node) => node.address.name).sort()).toEqual(
      cluster.replicas.map((node) => node.name).sort(),
    );
  });

  it.each([
    ['SELECT * FROM note WHERE id = 1', 'replica read'],
    ['/* SELECT */ INSERT INTO note VALUES (1001, $$x$$)', 'primary write'],
    ['WITH w AS (UPDATE note SET body = body WHERE id = 1 RETURNING id) SELECT * FROM w', 'primary write'],
    ['SELECT * FROM note WHERE id = 1 FOR UPDATE', 'primary locking'],
    ['SELECT pg_advisory_lock(1)', 'primary advisory-lock'],
  ])('%s: %s', async (text, route) => {
    expect(await routesOf(() => pool.query(text))).toEqual([route]);
  });

  it('runs a read where it says that it ran', async () => {
    for (let i = 0; i < 10; i++) {
      const trace = new RouteTrace();
      const { rows } = await trace.record(() =>
        pool.query("SELECT current_setting('port') AS port FROM note LIMIT 1"),
      );
      expect(trace.entries[0]?.node).toBe(`127.0.0.1:${rows[0]?.['port']}`);
    }
  });

  it('spreads reads over both replicas', async () => {
    const trace = new RouteTrace();
    await trace.record(() =>
      Promise.all(Array.from({ length: 100 }, () => pool.query('SELECT id FROM note WHERE id = 2'))),
    );
    const counts = new Map<string, number>();
    for (const { node } of trace.entries) counts.set(node, (counts.get(node) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual(cluster.replicas.map((node) => node.name).sort());
    expect(Math.min(...counts.values())).toBeGreaterThan(5);
  });

  it('takes what pg.Pool takes: text, values, config objects, callbacks', async () => {
    expect((await pool.query('SELECT $1::int AS n', [7])).rows).toEqual([{ n: 7 }]);
    expect((await pool.query({ text: 'SELECT $1::int AS n', values: [8], name: 'by-name' })).rows).toEqual([
      { n: 8 },
    ]);
    const byCallback = await new Promise((resolve, reject) => {
      pool.query('SELECT 9 AS n', (error, result) => (error ? reject(error) : resolve(result)));
    });
    expect(byCallback).toMatchObject({ rows: [{ n: 9 }] });
    const client = await pool.connect();
    expect((await client.query('SELECT 10 AS n')) as unknown).toMatchObject({ rows: [{ n: 10 }] });
    client.release();
  });

  it('passes the error of the server on as it is, and keeps the connection', async () => {
    await expect(pool.query('INSERT INTO note VALUES (1, $$twice$$)')).rejects.toMatchObject({
      code: '23505',
    });
    await expect(pool.query('SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  it('keeps session state on one connection until the client is released, and throws it away then', async () => {
    const client = await pool.connect();
    await client.query("SET application_name = 'stateful'");
    await client.query('CREATE TEMP TABLE scratch (n int)');
    await client.query('INSERT INTO scratch VALUES (1)');
    expect(
      (await client.query('SELECT current_setting($$application_name$$) AS name, n FROM scratch')) as unknown,
    ).toMatchObject({
      rows: [{ name: 'stateful', n: 1 }],
    });
    client.release();
    await eventually('the connection is gone', async () => {
      const { rows } = await cluster.primary.query(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'stateful'",
      );
      return rows.length === 0;
    });
  });

  it('passes a replica over whose replay is paused, says why, and takes it back', async () => {
    const [paused, other] = cluster.replicas;
    await paused!.pauseReplay();
    try {
      let id = 2000;
      await eventually('the paused replica leaves', async () => {
        await pool.query('INSERT INTO note VALUES ($1, $$late$$)', [(id += 1)]);
        return pool.topology.nodes.some(
          (node) => node.address.name === paused!.name && node.state === 'lagging',
        );
      });
      const status = pool.topology.nodes.find((node) => node.address.name === paused!.name);
      expect(status?.reason).toMatch(/stale, limit 3000 ms \(replay is paused\)/);
      expect(status?.lagBytes).toBeGreaterThan(0);
      const trace = new RouteTrace();
      await trace.record(() =>
        Promise.all(Array.from({ length: 30 }, () => pool.query('SELECT 1 FROM note LIMIT 1'))),
      );
      expect(new Set(trace.entries.map((entry) => entry.node))).toEqual(new Set([other!.name]));
    } finally {
      await paused!.resumeReplay();
    }
    await untilAllFit(pool);
  });

  it('serves reads while a replica is killed, and takes it back', async () => {
    const [victim] = cluster.replicas;
    await victim!.kill();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => pool.query('SELECT count(*)::int AS n FROM note WHERE id <= 100')),
    );
    expect(results.every((result) => result.rows[0]?.['n'] === 100)).toBe(true);
    await eventually('the dead replica is down', () =>
      pool.topology.nodes.some((node) => node.address.name === victim!.name && node.state === 'down'),
    );
    await victim!.start();
    await untilAllFit(pool);
  });

  it('reads from the primary when no replica is fit, and from replicas when the primary is gone', async () => {
    await Promise.all(cluster.replicas.map((replica) => replica.kill()));
    await eventually('no replica is fit', () => pool.topology.fitReplicas.length === 0);
    expect(await routesOf(() => pool.query('SELECT 1 FROM note LIMIT 1'))).toEqual([
      'primary no-fit-replica',
    ]);
    await Promise.all(cluster.replicas.map((replica) => replica.start()));
    await untilAllFit(pool);

    await cluster.primary.kill();
    await eventually('the primary is down', () => pool.topology.primary === undefined);
    const [route] = await routesOf(() => pool.query('SELECT 1 FROM note LIMIT 1'));
    expect(route).toMatch(/^replica (read|primary-lost)$/);
    await expect(pool.query('DELETE FROM note')).rejects.toThrow(NoPrimaryError);
    await cluster.primary.start();
    await untilAllFit(pool);
  });

  it('moves a read away from a node that is frozen', async () => {
    const impatient = await startPool(cluster, { statementTimeoutMs: 300 });
    await untilAllFit(impatient);
    const [frozen] = cluster.replicas;
    frozen!.freeze();
    try {
      const reads = Array.from({ length: 20 }, () =>
        impatient.query('SELECT count(*)::int AS n FROM note WHERE id <= 100'),
      );
      expect((await Promise.all(reads)).map((result) => result.rows[0]?.['n'] as number)).toEqual(
        Array(20).fill(100),
      );
    } finally {
      frozen!.thaw();
    }
    await impatient.end();
    await untilAllFit(pool);
  });

  it('starts while one node is dead', async () => {
    const [dead] = cluster.replicas;
    await dead!.kill();
    const second = await startPool(cluster);
    expect((await second.query('SELECT 1 AS n FROM note LIMIT 1')).rows).toEqual([{ n: 1 }]);
    await second.end();
    await dead!.start();
    await untilAllFit(pool);
  });

  it('waits for a database that is not there, says so, and gives up in time', async () => {
    const said: string[] = [];
    const failed = RoutedPool.start({
      url: 'postgres://nobody:x@127.0.0.1:1/shop',
      startTimeoutMs: 700,
      probeIntervalMs: 100,
      maxStalenessMs: 200,
      onWaiting: (message) => said.push(message),
    });
    await expect(failed).rejects.toThrow(
      /no database node could be used within \d+ ms \(127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
    expect(said[0]).toMatch(/^waiting for the database, up to 700 ms/);
  });

  it('refuses a staleness limit that its probes could not observe', async () => {
    await expect(startPool(cluster, { probeIntervalMs: 500, maxStalenessMs: 600 })).rejects.toThrow(
      'maxStalenessMs is 600: must be at least 1000 (2 × probeIntervalMs), or it cannot be observed',
    );
  });
});
