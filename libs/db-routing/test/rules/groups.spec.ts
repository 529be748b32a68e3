import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import {
  GroupExhaustedError,
  NoFitNodeError,
  onPrimary,
  ReadFrom,
  readFrom,
  type RoutedPool,
  runInTransaction,
  withReadConsistency,
} from '../../src';
import { eventually, startPool, untilAllFit } from '../support';
import { nodesOf, nodesUntil, routesOf, startLab } from './rules-lab';

const READ = 'SELECT count(*) FROM orders';

describe('replica groups on a primary and three replicas', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let reporting: ClusterNode;
  let others: string[];

  beforeAll(async () => {
    cluster = await startLab(3);
    reporting = cluster.replicas[2]!;
    others = cluster.replicas
      .slice(0, 2)
      .map(({ name }) => name)
      .sort();
    pool = await startPool(cluster, {
      acquireTimeoutMs: 2000,
      groups: {
        reporting: { nodes: [reporting.name], maxConcurrent: 2, maxStalenessMs: 60_000 },
        everywhere: {},
      },
    });
    await untilAllFit(pool, 3);
  });

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('keeps user traffic off the nodes of a group, and the group on them', async () => {
    expect(await nodesUntil(others, pool, READ)).toEqual(others);
    expect(await readFrom('reporting', () => nodesOf(pool, READ))).toEqual([reporting.name]);
    expect(await nodesOf(pool, `${READ} /*route='reporting'*/`)).toEqual([reporting.name]);
  });

  it('gives a group without nodes, and one that is not configured, what other reads use', async () => {
    expect(await readFrom('everywhere', () => nodesUntil(others, pool, READ))).toEqual(others);
    expect(await readFrom('unheard-of', () => nodesUntil(others, pool, READ))).toEqual(others);
  });

  it('takes hints from decorators and functions; the innermost counts, and writes stay on the primary', async () => {
    class Reports {
      @ReadFrom('reporting')
      async run() {
        await pool.query(READ);
        await pool.query('UPDATE views SET n = n WHERE id = 1');
        await onPrimary(() => pool.query(READ));
      }
    }
    expect(await routesOf(() => new Reports().run())).toEqual([
      `${reporting.name} replica hint`,
      `${cluster.primary.name} primary write`,
      `${cluster.primary.name} primary hint`,
    ]);
  });

  it('runs a read-only transaction in the group, whole, and leaves one that writes on the primary', async () => {
    const twice = async () => {
      await pool.query(READ);
      await pool.query(`/*+ route(primary) */ ${READ}`);
    };
    const inTransaction = (readOnly: boolean) =>
      readFrom('reporting', () =>
        runInTransaction(
          readOnly ? { readOnly, manager: pool.transactions } : { manager: pool.transactions },
          twice,
        ),
      );
    // A node of the group that has not replayed what the process has written is passed over.
    await cluster.waitForReplication();
    expect(await routesOf(() => inTransaction(true))).toEqual([`${reporting.name} replica hint`]);
    expect(await routesOf(() => inTransaction(false))).toEqual([
      `${cluster.primary.name} primary transaction`,
    ]);
  });

  /** Number of statements with `marker` that run on the node. */
  const running = async (marker: string) => {
    const { rows } = await reporting.query<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()",
      [`%${marker}%`],
    );
    return rows[0]!.n;
  };
  /** Reads until it is cancelled, so that only a limit can hold the next read back. */
  const endless = (marker: string) => `SELECT count(*) FROM generate_series(1, 1000000000) AS ${marker}`;
  const cancelAll = (marker: string) =>
    reporting.query(
      'SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE $1 AND pid <> pg_backend_pid()',
      [`%${marker}%`],
    );

  it('lets no more statements of a group run at once than it allows; those that wait too long fail', async () => {
    const marker = 'busy';
    const first = [1, 2].map(() => readFrom('reporting', () => pool.query(endless(marker))));
    const outcomes = Promise.allSettled(first);
    await eventually('two run', async () => (await running(marker)) === 2);
    // A third read that must wait does not hold up other traffic.
    const third = readFrom('reporting', () => pool.query(READ));
    expect(await nodesOf(pool, READ, 10)).not.toContain(reporting.name);
    await expect(third).rejects.toThrow(GroupExhaustedError);
    await expect(third).rejects.toThrow(
      "all 2 places of the replica group 'reporting' are taken, and none came free within 2000 ms",
    );
    expect(await running(marker)).toBe(2);
    const waiting = readFrom('reporting', () => pool.query(READ));
    await cancelAll(marker);
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await waiting).rowCount).toBe(1);
  });

  it('counts transactions in too, until their connection is given up, however they end', async () => {
    for (let round = 0; round < 3; round++) {
      const ended = await Promise.allSettled(
        ['fine', 'throws', 'times out'].map((how) =>
          readFrom('reporting', () =>
            runInTransaction(
              { readOnly: true, manager: pool.transactions, timeoutMs: how === 'times out' ? 200 : 10_000 },
              async () => {
                await pool.query(how === 'times out' ? endless('slow') : READ);
                if (how === 'throws') throw new Error('on purpose');
              },
            ),
          ),
        ),
      );
      expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    }
    expect((await readFrom('reporting', () => pool.query(READ))).rowCount).toBe(1);
  });

  it('tolerates in a group what user traffic does not, but no read with a bound of its own', async () => {
    await reporting.pauseReplay();
    try {
      await eventually('the reporting node lags', async () => {
        // Outside the pool, whose reads must see its own writes.
        await cluster.primary.query('UPDATE views SET n = n + 1 WHERE id = 1');
        return pool.topology.nodes.some(
          ({ address, state, stalenessMs = 0 }) =>
            address.name === reporting.name && state === 'lagging' && stalenessMs > 3000,
        );
      });
      expect(await readFrom('reporting', () => nodesOf(pool, READ, 10))).toEqual([reporting.name]);
      const bounded = () => readFrom('reporting', () => nodesOf(pool, READ, 10), { maxStalenessMs: 2000 });
      expect(await bounded()).toEqual(others);
      // A consistency level does not remove the bound either, regardless of which was set by a rule or a
      // caller.
      expect(await withReadConsistency('session', bounded)).not.toContain(reporting.name);
      pool.useRules([{ consistency: 'session', group: 'reporting' }]);
      const limit = { level: 'bounded', maxStalenessMs: 2000 } as const;
      expect(await withReadConsistency(limit, () => nodesOf(pool, READ, 10))).not.toContain(reporting.name);
      pool.useRules([]);
      const explained = readFrom('reporting', () => pool.explainRoute(READ), { maxStalenessMs: 2000 });
      expect(explained.leftOut.find(({ node }) => node === reporting.name)?.why).toMatch(
        /^up to \d+ ms stale, limit of this read 2000 ms$/,
      );
    } finally {
      await reporting.resumeReplay();
    }
    await untilAllFit(pool, 3);
  });

  it('knows the nodes of groups and weights by their entries in the URL, also when addresses stand for them', async () => {
    const named = (node: ClusterNode) => `${node === reporting ? 'reports' : 'shop'}.test:${node.port}`;
    const [spared, other] = cluster.replicas as [ClusterNode, ClusterNode];
    const found = await startPool(cluster, {
      url: cluster.nodes.reduce((url, node) => url.replace(node.name, named(node)), cluster.url('migrator')),
      discovery: 'dns',
      lookup: { addresses: async () => ['127.0.0.1'], services: async () => [] },
      groups: { reporting: { nodes: [named(reporting)] } },
      rules: [{ match: { tag: { kind: 'weighed' } }, weights: { [named(spared)]: 0 } }],
    });
    await untilAllFit(found, 3);
    expect(await readFrom('reporting', () => nodesOf(found, READ, 10))).toEqual([reporting.name]);
    expect(await nodesOf(found, READ)).not.toContain(reporting.name);
    expect(await nodesOf(found, `${READ} /*kind='weighed'*/`, 10)).toEqual([other.name]);
    await found.end();
  });

  it('moves a group whose nodes are gone to other replicas, and says so', async () => {
    await reporting.kill();
    await eventually('it is down', () =>
      pool.topology.nodes.some(({ address, state }) => address.name === reporting.name && state === 'down'),
    );
    const [route] = await routesOf(() => readFrom('reporting', () => pool.query(READ)));
    expect(route).toMatch(/ replica group-unfit$/);
    expect(others).toContain(route!.split(' ')[0]);
    await reporting.start();
    await untilAllFit(pool, 3);
  });

  it('refuses a bounded read rather than serve it too stale, once the primary is gone', async () => {
    const bounded = () => readFrom('reporting', () => pool.query(READ), { maxStalenessMs: 1000 });
    expect((await bounded()).rowCount).toBe(1);
    await cluster.primary.kill();
    try {
      await eventually('nothing is proven fresh enough', () => {
        return (
          pool.topology.primary === undefined &&
          pool.topology.nodes.every(({ stalenessMs }) => (stalenessMs ?? 9e9) > 1000)
        );
      });
      await expect(bounded()).rejects.toThrow(NoFitNodeError);
      await expect(bounded()).rejects.toThrow(/stale, limit of this read 1000 ms/);
      expect((await readFrom('reporting', () => pool.query(READ))).rowCount).toBe(1);
    } finally {
      await cluster.primary.start();
    }
    await untilAllFit(pool, 3);
  });

  it('refuses at the start a group of a node that is not in the URL', async () => {
    await expect(
      startPool(cluster, { groups: { reporting: { nodes: ['elsewhere:5432'] } } }),
    ).rejects.toThrow(
      /^groups\.reporting\.nodes\[0\] is 'elsewhere:5432': must be one of the nodes of the connection URL: /,
    );
  });
});
