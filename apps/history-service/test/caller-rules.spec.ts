import { type ClusterNode, type PostgresCluster, until } from '@app/postgres-cluster';
import type { TokenClaims } from '@app/service-kit';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { historyService } from '../src/service';

const RULES = [
  { name: 'blocked', match: { tenant: 'blocked-*' }, deny: true },
  { name: 'support', match: { role: 'support' }, role: 'primary' },
  { name: 'acme', match: { tenant: 'acme' }, group: 'acme' },
];

describe("rules on the token's roles and tenant", () => {
  let cluster: PostgresCluster;
  let service: RunningService;
  let own: ClusterNode;
  let other: ClusterNode;

  beforeAll(async () => {
    cluster = await startShop();
    [own, other] = cluster.replicas as [ClusterNode, ClusterNode];
    service = await RunningService.start(AppModule, historyService, {
      ...environmentFor(cluster, 'history_service'),
      DATABASE_GROUPS: JSON.stringify({ acme: { nodes: [own.name] } }),
      DATABASE_RULES: JSON.stringify(RULES),
    });
    await until('all replicas to be fit', async () => {
      const { body } = await (await service.as()).get('/health');
      return (body as { status: string }).status === 'ok';
    });
  });
  afterAll(async () => {
    await service.stop();
    await cluster.stop();
  });

  /** The nodes that serve pages to a customer whose token has these claims. */
  async function routesOf(claims: TokenClaims): Promise<string[]> {
    const routes = new Set<string>();
    for (let n = 0; n < 10; n++) {
      const { status, headers } = await (await service.as('alice', claims)).get('/history');
      expect(status).toBe(200);
      const [, node, reason] =
        /^node=([^;]+);role=\w+;reason=([\w-]+);/.exec(headers['x-db-route'] ?? '') ?? [];
      routes.add(`${node} ${reason}`);
    }
    return [...routes];
  }

  it("send a role's reads to the primary", async () => {
    expect(await routesOf({ roles: ['reader', 'support'] })).toEqual([
      `${cluster.primary.name} rule-support`,
    ]);
  });

  it("send a tenant's reads to a group reserved for it", async () => {
    expect(await routesOf({ tenant: 'acme' })).toEqual([`${own.name} rule-acme`]);
  });

  it('do not affect other callers', async () => {
    const elsewhere = [`${other.name} read`];
    expect(await routesOf({})).toEqual(elsewhere);
    expect(await routesOf({ roles: ['reader'], tenant: 'other' })).toEqual(elsewhere);
  });

  it('reject a tenant', async () => {
    const { status } = await (await service.as('alice', { tenant: 'blocked-1' })).get('/history');
    expect(status).toBe(403);
  });
});
