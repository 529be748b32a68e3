import type { PostgresCluster } from '@app/postgres-cluster';
import { environmentFor, RunningService } from '../../../libs/service-kit/test/running-service';
import { queryAs, startShop } from '../../../libs/shop-database/test/shop';
import { AppModule } from '../src/app.module';
import { orderService } from '../src/service';

/** The order service on a separate cluster that contains the seeded shop. */
export class OrderShop {
  private constructor(
    readonly cluster: PostgresCluster,
    readonly service: RunningService,
  ) {}

  /** Has two replicas by default. Tests that do not need replicas start faster with none. */
  static async open({
    replicas = 2,
    isProxied = false,
    environment = {},
    settings = {},
  }: {
    replicas?: number;
    /** Whether each node is behind a link that counts and can be disturbed. */
    isProxied?: boolean;
    environment?: Record<string, string>;
    settings?: Record<string, string>;
  } = {}): Promise<OrderShop> {
    const cluster = await startShop({ replicas, settings, proxied: isProxied });
    try {
      const service = await RunningService.start(AppModule, orderService, {
        ...environmentFor(cluster, 'order_service'),
        ...environment,
      });
      return new OrderShop(cluster, service);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.service.stop();
    await this.cluster.stop();
  }

  async setStock(sku: string, stock: number): Promise<void> {
    await queryAs(this.cluster, 'migrator', 'UPDATE products SET stock = $2 WHERE sku = $1', [sku, stock]);
  }

  async stockOf(sku: string): Promise<number> {
    const sql = 'SELECT stock FROM products WHERE sku = $1';
    const [product] = await queryAs<{ stock: number }>(this.cluster, 'migrator', sql, [sku]);
    return product!.stock;
  }

  async orderCountOf(customer: string): Promise<number> {
    const sql = 'SELECT count(*)::int AS count FROM orders WHERE customer_id = $1';
    const [row] = await queryAs<{ count: number }>(this.cluster, 'migrator', sql, [customer]);
    return row!.count;
  }
}
