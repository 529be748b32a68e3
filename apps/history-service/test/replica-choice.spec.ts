import { type ClusterNode, type PostgresCluster, until } from '@app/postgres-cluster';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { historyService } from '../src/service';

const READS = 40;

describe('the replica that serves, as configured by environment variables', () => {
  let cluster: PostgresCluster;
  let first: ClusterNode;
  let second: ClusterNode;
  let service: RunningService | undefined;

  beforeAll(async () => {
    cluster = await startShop();
    [first, second] = cluster.replicas as [ClusterNode, ClusterNode];
  });
  afterEach(async () => {
    await service?.stop();
    service = undefined;
  });
  afterAll(() => cluster.stop());

  /** Resolves when both replicas are fit. */
  async function serve(environment: Record<string, string>): Promise<void> {
    const started = await RunningService.start(AppModule, historyService, {
      ...environmentFor(cluster, 'history_service'),
      ...environment,
    });
    service = started;
    await until('both replicas to be fit', async () => {
      const { body } = await (await started.as()).get('/health');
      return (body as { status: string }).status === 'ok';
    });
  }

  /** The nodes that served reads, in order. */
  async function servedBy(reads = READS): Promise<string[]> {
    const nodes: string[] = [];
    for (let n = 0; n < reads; n++) {
      const { status, headers } = await (await service!.as('alice')).get('/history');
      expect(status).toBe(200);
      nodes.push(/^node=([^;]+);/.exec(headers['x-db-route'] ?? '')?.[1] ?? '');
    }
    return nodes;
  }
  const countOf = (nodes: readonly string[], { name }: ClusterNode) =>
    nodes.filter((node) => node === name).length;

  it('alternates with DATABASE_BALANCER=round-robin', async () => {
    await serve({ DATABASE_BALANCER: 'round-robin' });
    const nodes = await servedBy();
    expect([countOf(nodes, first), countOf(nodes, second)]).toEqual([READS / 2, READS / 2]);
  });

  it('follows DATABASE_WEIGHTS with DATABASE_BALANCER=weighted', async () => {
    await serve({
      DATABASE_BALANCER: 'weighted',
      DATABASE_WEIGHTS: `${first.name}=1,${second.name}=1000`,
    });
    expect(countOf(await servedBy(), second)).toBeGreaterThan(0.8 * READS);
  });

  it('is in DATABASE_ZONE while DATABASE_ZONES lists a fit replica there, and elsewhere otherwise', async () => {
    await serve({
      DATABASE_ZONE: 'here',
      DATABASE_ZONES: `${first.name}=here,${second.name}=there`,
    });
    expect(countOf(await servedBy(), first)).toBe(READS);
    await first.kill();
    try {
      expect(countOf(await servedBy(5), second)).toBe(5);
    } finally {
      await first.start();
    }
    await until(
      'the replica in the same zone to serve again',
      async () => countOf(await servedBy(1), first) === 1,
    );
  });
});
