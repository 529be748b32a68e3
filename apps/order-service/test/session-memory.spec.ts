import { until } from '@app/postgres-cluster';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { AppModule } from '../src/app.module';
import type { OrderView } from '../src/orders/orders.schemas';
import { orderService } from '../src/service';
import { OrderShop } from './order-shop';

const MAX_STALENESS = { DATABASE_MAX_STALENESS_MS: '60000' };

describe('a client without a token, while no replica has what it has just written', () => {
  let shop: OrderShop;
  let remembering: RunningService;

  beforeAll(async () => {
    shop = await OrderShop.open({ environment: MAX_STALENESS });
    remembering = await RunningService.start(AppModule, orderService, {
      ...environmentFor(shop.cluster, 'order_service'),
      ...MAX_STALENESS,
      CONSISTENCY_MEMORY: 'process',
    });
    for (const service of [shop.service, remembering]) {
      await until('all nodes to be fit', async () => {
        const { body } = await (await service.as()).get('/health');
        return (body as { status: string }).status === 'ok';
      });
    }
    await shop.cluster.waitForReplication();
    await Promise.all(shop.cluster.replicas.map((replica) => replica.pauseReplay()));
  });
  afterAll(async () => {
    await Promise.all(shop.cluster.replicas.map((replica) => replica.resumeReplay()));
    await remembering.stop();
    await shop.close();
  });

  /** Places an order and reads it back; resolves to the status of the second response. */
  async function statusAfterWriting(service: RunningService): Promise<number> {
    const agent = await service.as('alice');
    const placed = await agent.post('/orders').send({ items: [{ sku: 'BASKET-FERN', quantity: 1 }] });
    expect(placed.status).toBe(201);
    return (await agent.get(`/orders/${(placed.body as OrderView).id}`)).status;
  }

  it('does not see it without CONSISTENCY_MEMORY', async () => {
    expect(await statusAfterWriting(shop.service)).toBe(404);
  });

  it('sees it with CONSISTENCY_MEMORY=process', async () => {
    expect(await statusAfterWriting(remembering)).toBe(200);
  });
});
