import { RoutedPool } from 'db-routing';
import { until } from '@app/postgres-cluster';
import { customersOrders } from '../faults/checks/ledger';
import { Rig } from '../faults/services/rig';
import type { FinalLine } from './history/lines';
import { createRegister, finalRegister } from './load/register-table';
import type { ShopUrls } from './load/shop-session';

/** Customers of these runs. The seeded ones have orders that these runs did not place. */
export const CUSTOMER_PREFIX = 'consistency';

const POOL_PROBE_INTERVAL_MS = 250;
/**
 * A replica staler than this leaves the pool's routing. It is longer than any fault, so that only the
 * requirements of reads exclude replicas.
 */
const POOL_MAX_STALENESS_MS = 60_000;

/**
 * The pool compares a bound with the last probe. That probe is up to an interval old, may have taken up to an
 * interval, and has waited for its turn in a process that shares two cores with a cluster.
 */
export const PROBING_TOLERANCE_MS = 2 * POOL_PROBE_INTERVAL_MS + 500;

const FIT_TIMEOUT_MS = 30_000;
/** Pieces of each product, so that no order fails for lack of stock. */
const STOCK = 1_000_000;

/** The cluster, both services, and a pool in this process. */
export class Lab {
  private constructor(
    readonly rig: Rig,
    readonly pool: RoutedPool,
    readonly skus: readonly string[],
  ) {}

  static async start(logDirectory: string | undefined): Promise<Lab> {
    const rig = await Rig.start({}, logDirectory);
    try {
      const { cluster } = rig;
      const pool = await RoutedPool.start({
        url: cluster.url('migrator'),
        monitor: cluster.credentials('monitor'),
        applicationName: 'consistency',
        probeIntervalMs: POOL_PROBE_INTERVAL_MS,
        maxStalenessMs: POOL_MAX_STALENESS_MS,
      });
      // The history records what breaks during faults, as failed operations.
      pool.on('warning', () => undefined);
      await createRegister(pool);
      await cluster.primary.query('UPDATE products SET stock = $1', [STOCK]);
      const { rows } = await cluster.primary.query<{ sku: string }>('SELECT sku FROM products ORDER BY sku');
      const lab = new Lab(
        rig,
        pool,
        rows.map(({ sku }) => sku),
      );
      await lab.untilWell();
      return lab;
    } catch (error) {
      await rig.stop();
      throw error;
    }
  }

  get urls(): ShopUrls {
    return { 'order-service': this.rig.order.url, 'history-service': this.rig.history.url };
  }

  /**
   * Resolves when the pool and the services find every running node fit, and all nodes have what the primary
   * has.
   */
  async untilWell(): Promise<void> {
    const { cluster } = this.rig;
    await cluster.waitForReplication({ timeoutMs: FIT_TIMEOUT_MS });
    const running = cluster.nodes.filter(({ isRunning }) => isRunning).length;
    await until(
      'the pool to find every node fit',
      () => this.pool.topology.nodes.filter(({ state }) => state === 'up').length >= running,
      { timeoutMs: FIT_TIMEOUT_MS },
    );
    await this.rig.untilFit(FIT_TIMEOUT_MS);
  }

  /** The final state on the primary. */
  async finals(): Promise<FinalLine[]> {
    const { cluster } = this.rig;
    const orders = await customersOrders(cluster, CUSTOMER_PREFIX);
    return [
      ...(await finalRegister(cluster)),
      ...orders.map(({ id, key, isWhole }): FinalLine => ({
        line: 'final',
        key: `order/${id}`,
        version: 1,
        request: key,
        pairs: [{ what: `order/${id}`, values: [1, isWhole ? 1 : 0] }],
      })),
    ];
  }

  async stop(): Promise<void> {
    await this.pool.end();
    await this.rig.stop();
  }
}
