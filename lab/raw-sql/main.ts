import { RoutedPool } from 'db-routing';
import { RoutedDataSource, routedDataSourceOptions } from 'db-routing/typeorm';
import { PostgresCluster, until } from '@app/postgres-cluster';
import { migrate, Order, Product, seed, shopDatabase, shopEntities } from '@app/shop-database';
import { HistoryQueries } from '../../apps/history-service/src/history/history.queries';
import { OrderQueries } from '../../apps/order-service/src/orders/order.queries';
import { ProductQueries } from '../../apps/order-service/src/products/product.queries';
import { compare } from '../compare';

/**
 * Measures what plain SQL gains over TypeORM's repositories and query builders, on the routed pool, for each
 * kind of read of the services. Plain SQL is worth its price from 1.5 on.
 */
const READS = 2_000;
const CUSTOMER = 'alice';

async function measure(dataSource: RoutedDataSource): Promise<void> {
  const orders = dataSource.getRepository(Order);
  const products = dataSource.getRepository(Product);
  const { id } = await orders.findOneByOrFail({ customerId: CUSTOMER, itemCount: 6 });
  const where = { id, customerId: CUSTOMER };
  const relations = { items: true, events: true };
  const order = { items: { sku: 'ASC' }, events: { id: 'ASC' } } as const;

  const one = new OrderQueries(orders);
  await compare(
    'an order with items and events: SQL × find, joined',
    READS,
    () => one.one(CUSTOMER, id),
    () => orders.findOneOrFail({ where, relations, order }),
  );
  await compare(
    'the same: SQL × find, a query for each relation',
    READS,
    () => one.one(CUSTOMER, id),
    () => orders.findOneOrFail({ where, relations, relationLoadStrategy: 'query' }),
  );
  const history = new HistoryQueries(orders);
  await compare(
    'a page of the history: SQL × query builder',
    READS,
    () =>
      history.page(CUSTOMER, {
        limit: 20,
        status: undefined,
        from: undefined,
        to: undefined,
        cursor: undefined,
      }),
    () =>
      orders
        .createQueryBuilder('o')
        .select([
          'o.id AS "id"',
          'o.status AS "status"',
          'o.totalCents AS "totalCents"',
          'o.itemCount AS "itemCount"',
          'o.createdAt AS "createdAt"',
        ])
        .where('o.customerId = :customerId', { customerId: CUSTOMER })
        .orderBy('o.createdAt', 'DESC')
        .addOrderBy('o.id', 'DESC')
        .limit(21)
        .getRawMany(),
  );
  const list = new ProductQueries(products);
  await compare(
    'a page of products: SQL × query builder',
    READS,
    () => list.list({ limit: 20, search: undefined, cursor: undefined }),
    () =>
      products
        .createQueryBuilder('p')
        .select(['p.sku AS "sku"', 'p.name AS "name"', 'p.priceCents AS "priceCents"', 'p.stock AS "stock"'])
        .where('p.sku > :after', { after: '' })
        .orderBy('p.sku')
        .limit(21)
        .getRawMany(),
  );
}

async function main(): Promise<void> {
  const cluster = await PostgresCluster.start({ database: shopDatabase });
  try {
    await migrate(cluster.primary.url('migrator'));
    await seed(cluster.primary.url('migrator'));
    await cluster.waitForReplication();
    const pool = await RoutedPool.start({
      url: cluster.url('order_service'),
      monitor: cluster.credentials('monitor'),
    });
    await until('all replicas to be fit', () => pool.topology.fitReplicas.length === 2);
    const dataSource = new RoutedDataSource(routedDataSourceOptions(pool, { entities: shopEntities }));
    await dataSource.initialize();
    await measure(dataSource).finally(() => pool.end());
  } finally {
    await cluster.stop();
  }
}

void main();
