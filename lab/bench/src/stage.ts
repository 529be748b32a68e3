import { type ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { migrate, seed, shopDatabase, type ShopRole } from '@app/shop-database';
import { PAGE_SIZE, type Wiring } from './peers/peer';
import type { ShopData } from './works/statements/statement-work';

/** Each contender's number of connections to each node: the services' default. */
export const POOL_SIZE = 10;

/** The number of orders that are read in turn. */
const ORDERS = 64;
const STOCK = 2_000_000_000;
const REPLICAS = 2;

export interface WiringOptions {
  /** `link`: through the proxies, which can delay and limit; `direct` (the default): bypassing them. */
  readonly via?: 'direct' | 'link';
  /** Default: the two initial replicas. */
  readonly replicas?: readonly ClusterNode[];
  readonly poolSize?: number;
  readonly pgpoolUrl?: string | undefined;
  readonly routedOptions?: Readonly<Record<string, unknown>>;
}

/** The seeded shop on a real primary with streaming replicas: all contenders run on it. */
export class Stage {
  private constructor(
    readonly cluster: PostgresCluster,
    readonly shop: ShopData,
    private readonly routedOptions: Readonly<Record<string, unknown>>,
  ) {}

  static async start(
    say: (line: string) => void,
    routedOptions: Readonly<Record<string, unknown>>,
  ): Promise<Stage> {
    say('starting a primary and two replicas, with the seeded shop');
    const cluster = await PostgresCluster.start({
      database: shopDatabase,
      replicas: REPLICAS,
      proxied: true,
      settings: { max_connections: '400', shared_buffers: '128MB', max_wal_size: '1GB' },
    });
    try {
      const url = cluster.primary.url('migrator');
      await migrate(url);
      await seed(url);
      // The benchmarks place tens of thousands of orders.
      await cluster.primary.query('UPDATE products SET stock = $1', [STOCK]);
      await cluster.primary.query('VACUUM ANALYZE');
      await cluster.waitForReplication();
      return new Stage(cluster, await readShop(cluster), routedOptions);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Without the replicas added by the work `growth`. */
  get replicas(): readonly ClusterNode[] {
    return this.cluster.replicas.slice(0, REPLICAS);
  }

  /** The pids of the servers that take part. */
  get pids(): readonly number[] {
    return this.cluster.nodes.flatMap(({ pid }) => pid ?? []);
  }

  wiring(options: WiringOptions = {}): Wiring {
    const { via = 'direct', replicas = this.replicas, poolSize = POOL_SIZE } = options;
    const { primary } = this.cluster;
    return {
      url: this.url('order_service', via, [primary, ...replicas]),
      primaryUrl: this.url('order_service', via, [primary]),
      replicaUrls: replicas.map((node) => this.url('order_service', via, [node])),
      monitor: this.cluster.credentials('monitor'),
      pgpoolUrl: options.pgpoolUrl,
      poolSize,
      routedOptions: { ...this.routedOptions, ...options.routedOptions },
    };
  }

  url(role: ShopRole, via: 'direct' | 'link', nodes: readonly ClusterNode[]): string {
    const url = this.cluster.url(role, { nodes });
    if (via === 'link') return url;
    return nodes.reduce(
      (text, { host, port, directPort }) => text.replace(`${host}:${port}`, `${host}:${directPort}`),
      url,
    );
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
  }
}

/** Orders of customers who have at least one page of them. */
async function readShop({ primary }: PostgresCluster): Promise<ShopData> {
  const orders = await primary.query<ShopData['orders'][number]>(
    `SELECT o.id,
            (SELECT count(*)::int FROM order_items i WHERE i.order_id = o.id) AS "itemCount",
            (SELECT count(*)::int FROM order_events e WHERE e.order_id = o.id) AS "eventCount"
       FROM orders o ORDER BY md5(o.id::text) LIMIT ${ORDERS}`,
  );
  const customers = await primary.query<{ customer_id: string }>(
    `SELECT customer_id FROM orders GROUP BY customer_id HAVING count(*) >= ${PAGE_SIZE} ORDER BY customer_id`,
  );
  const products = await primary.query<{ sku: string }>('SELECT sku FROM products ORDER BY sku');
  return {
    orders: orders.rows,
    customers: customers.rows.map((row) => row.customer_id),
    skus: products.rows.map(({ sku }) => sku),
  };
}
