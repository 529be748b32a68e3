import type { PostgresCluster } from '@app/postgres-cluster';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { unneededGrants } from '../../../libs/shop-database/test/grants';
import { startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { historyService } from '../src/service';

describe('the grants of history_service', () => {
  let cluster: PostgresCluster;
  let service: RunningService;

  beforeAll(async () => {
    // A single node, so that a revoked grant takes effect for reads immediately.
    cluster = await startShop({ replicas: 0 });
    service = await RunningService.start(
      AppModule,
      historyService,
      environmentFor(cluster, 'history_service'),
    );
  });
  afterAll(async () => {
    await service.stop();
    await cluster.stop();
  });

  /** Exercises everything that the service does, once; resolves to the status codes. */
  async function walk(): Promise<number[]> {
    const agent = await service.as('alice');
    const answers = [await agent.get('/history?status=placed'), await agent.get('/history/summary')];
    return answers.map(({ status }) => status);
  }

  it('cover everything the service does, and every one of them is needed', async () => {
    expect(await walk()).toEqual([200, 200]);
    expect(await unneededGrants(cluster, 'history_service', walk)).toEqual([]);
    expect(await walk()).toEqual([200, 200]);
  });
});
