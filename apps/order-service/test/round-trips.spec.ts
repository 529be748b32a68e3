import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { hashOf } from '../src/orders/idempotency';
import { writeOrder } from '../src/orders/write-order';
import { orderService } from '../src/service';

const RUNS = 15;

describe('round trips of placing an order', () => {
  it('are one; plain TypeORM needs more for the same statement', async () => {
    const cluster = await startShop({ replicas: 0, proxied: true });
    const service = await RunningService.start(
      AppModule,
      orderService,
      environmentFor(cluster, 'order_service'),
    );
    const plain = await new DataSource({ type: 'postgres', url: cluster.url('order_service') }).initialize();
    const agent = await service.as('alice');
    const lines = [{ sku: 'MUG-AMBER', quantity: 1 }];
    let runs = 0;

    /** Probes also pass through the link now and then, so the most frequent count is the order's. */
    const usualCount = async (work: () => Promise<unknown>): Promise<number> => {
      await work();
      const counts: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        const before = cluster.primary.link.counters.roundTrips;
        await work();
        counts.push(cluster.primary.link.counters.roundTrips - before);
      }
      return counts.sort((a, b) => a - b)[Math.floor(RUNS / 2)]!;
    };

    const ours = await usualCount(async () => {
      const answer = await agent
        .post('/orders')
        .set('Idempotency-Key', `ours ${(runs += 1)}`)
        .send({ items: lines });
      expect(answer.status).toBe(201);
    });
    const theirs = await usualCount(() =>
      plain.transaction(async (manager) => {
        runs += 1;
        await writeOrder(manager, {
          id: randomUUID(),
          customerId: 'alice',
          createdAt: new Date().toISOString(),
          lines,
          idempotency: { key: `theirs ${runs}`, requestHash: hashOf(lines) },
        });
      }),
    );
    process.stdout.write(
      `round trips to place an order: ${ours} by the service, ${theirs} with plain TypeORM\n`,
    );
    expect(ours).toBe(1);
    expect(ours).toBeLessThan(theirs);

    await plain.destroy();
    await service.stop();
    await cluster.stop();
  });
});
