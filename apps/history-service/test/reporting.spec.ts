import { type ClusterNode, type PostgresCluster, until } from '@app/postgres-cluster';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { queryAs, startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import type { HistorySummary } from '../src/history/history.schemas';
import { historyService } from '../src/service';

describe('the summary, in the reporting group', () => {
  let cluster: PostgresCluster;
  let service: RunningService;
  let reporting: ClusterNode;
  let other: ClusterNode;

  const start = (more: Record<string, string>) =>
    RunningService.start(AppModule, historyService, {
      ...environmentFor(cluster, 'history_service'),
      ...more,
    });

  beforeAll(async () => {
    cluster = await startShop();
    [other, reporting] = cluster.replicas as [ClusterNode, ClusterNode];
    service = await start({
      DATABASE_MAX_STALENESS_MS: '3000',
      DATABASE_GROUPS: JSON.stringify({
        reporting: { nodes: [reporting.name], maxStalenessMs: 600_000, maxConcurrent: 4 },
      }),
    });
    await until('both nodes to serve', async () => {
      return (
        (await nodesOf('/history/summary')).has(reporting.name) && (await nodesOf('/history')).has(other.name)
      );
    });
  });
  afterAll(async () => {
    await service.stop();
    await cluster.stop();
  });

  async function routeOf(path: string, of = service) {
    const response = await (await of.as('alice')).get(path);
    expect(response.status).toBe(200);
    const [, node = '', role, reason] =
      /^node=([^;,]+);role=([a-z]+);reason=([\w-]+);staleness=\d+$/.exec(response.headers['x-db-route']!) ??
      [];
    return { node, role, reason, body: response.body as HistorySummary };
  }
  async function nodesOf(path: string, count = 20): Promise<Set<string>> {
    const nodes = new Set<string>();
    for (let n = 0; n < count; n++) nodes.add((await routeOf(path)).node);
    return nodes;
  }
  const bodyOf = async (path: string) => (await routeOf(path)).body;

  it('runs on the nodes of the group, and they serve nothing else', async () => {
    expect(await nodesOf('/history/summary')).toEqual(new Set([reporting.name]));
    expect(await nodesOf('/history')).toEqual(new Set([other.name]));
    expect(await routeOf('/history/summary')).toMatchObject({ role: 'replica', reason: 'hint' });
  });

  it("may be older than the service's other answers", async () => {
    const before = await bodyOf('/history/summary');
    await reporting.pauseReplay();
    try {
      const insert = `INSERT INTO orders VALUES (gen_random_uuid(), 'alice', 'placed', 1, 1, now())`;
      await queryAs(cluster, 'migrator', insert);
      await until('the reporting node to be too stale for other reads', async () => {
        const { body } = await (await service.as()).get('/health');
        return JSON.stringify(body).includes('"state":"lagging"');
      });
      expect(await nodesOf('/history/summary')).toEqual(new Set([reporting.name]));
      expect(await bodyOf('/history/summary')).toEqual(before);
    } finally {
      await reporting.resumeReplay();
    }
    await until('the order to be in the summary', async () => {
      return JSON.stringify(await bodyOf('/history/summary')) !== JSON.stringify(before);
    });
  });

  it("runs on other nodes while the group's nodes are down", async () => {
    await reporting.kill();
    try {
      const { node, reason } = await routeOf('/history/summary');
      expect({ node, reason }).toEqual({ node: other.name, reason: 'group-unfit' });
    } finally {
      await reporting.start();
    }
    await until(
      'the group to serve again',
      async () => (await routeOf('/history/summary')).node === reporting.name,
    );
  });

  it('runs on any replica when no group is configured', async () => {
    const plain = await start({});
    try {
      expect(await routeOf('/history/summary', plain)).toMatchObject({ role: 'replica', reason: 'hint' });
    } finally {
      await plain.stop();
    }
  });

  it('can be routed by a rule on its caller or handler', async () => {
    const rules = [
      { name: 'alice', match: { subject: 'alice', handler: 'HistoryController.page' }, role: 'primary' },
    ];
    const ruled = await start({ DATABASE_RULES: JSON.stringify(rules) });
    try {
      expect(await routeOf('/history', ruled)).toMatchObject({ role: 'primary', reason: 'rule-alice' });
      expect(await routeOf('/history/summary', ruled)).toMatchObject({ role: 'replica' });
      const bob = await (await ruled.as('bob')).get('/history');
      expect(bob.headers['x-db-route']).toMatch(/role=replica/);
    } finally {
      await ruled.stop();
    }
  });

  it.each([
    [{ DATABASE_GROUPS: '{' }, /^DATABASE_GROUPS is "\{": it must be JSON: /],
    [
      { DATABASE_GROUPS: '{"reporting":{"nodes":["elsewhere:1"]}}' },
      /^groups\.reporting\.nodes\[0\] is 'elsewhere:1': must be one of the nodes of the connection URL: /,
    ],
    [
      { DATABASE_RULES: '[{"role":"master"}]' },
      /^rules\[0\]\.role is 'master': must be one of primary, replica/,
    ],
  ])('does not start with %j', async (more, message) => {
    await expect(start(more)).rejects.toThrow(message);
  });
});
