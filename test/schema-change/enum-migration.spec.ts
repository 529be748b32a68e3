import { mintDevelopmentToken } from '@app/service-kit';
import { AppModule as HistoryModule } from '../../apps/history-service/src/app.module';
import { historyService } from '../../apps/history-service/src/service';
import { OrderShop } from '../../apps/order-service/test/order-shop';
import { environmentFor, RunningService } from '../../libs/service-kit/test/running-service';
import { queryAs } from '../../libs/shop-database/test/shop';

/** The values of the column, before and after each migration. */
const VALUES = [
  ['placed', 'shipped', 'delivered', 'cancelled'],
  ['placed', 'shipped', 'delivered', 'cancelled', 'returned'],
];
/**
 * The number of migrations; each changes the column once. Statements are prepared after five uses, so there
 * is time for that between migrations.
 */
const MIGRATIONS = 6;
const REQUESTS_BETWEEN = 150;

/** The statements that TypeORM generates for a column whose enum has other values. */
const enumMigration = (values: readonly string[]): string[] => [
  'ALTER TYPE "orders_status_enum" RENAME TO "orders_status_enum_old"',
  `CREATE TYPE "orders_status_enum" AS ENUM(${values.map((value) => `'${value}'`).join(', ')})`,
  'ALTER TABLE "orders" ALTER COLUMN "status" TYPE "orders_status_enum" USING "status"::"text"::"orders_status_enum"',
  'DROP TYPE "orders_status_enum_old"',
];

describe('migrating an enum that both services use', () => {
  let shop: OrderShop;
  let history: RunningService;
  let authorization: string;
  let isOver = false;
  let requests = 0;
  const failures: string[] = [];

  const migrate = (texts: readonly string[]) =>
    queryAs(shop.cluster, 'migrator', ['BEGIN', ...texts, 'COMMIT'].join('; '), []);

  beforeAll(async () => {
    shop = await OrderShop.open();
    await migrate([
      'ALTER TABLE orders DROP CONSTRAINT orders_status_check',
      `CREATE TYPE orders_status_enum AS ENUM(${VALUES[0]!.map((value) => `'${value}'`).join(', ')})`,
      'ALTER TABLE orders ALTER COLUMN status TYPE orders_status_enum USING status::text::orders_status_enum',
    ]);
    history = await RunningService.start(HistoryModule, historyService, {
      ...environmentFor(shop.cluster, 'history_service'),
    });
    authorization = `Bearer ${await mintDevelopmentToken('alice', {})}`;
    await shop.setStock('BAG-AMBER', 1_000_000);
  });

  afterAll(async () => {
    await history.stop();
    await shop.close();
  });

  async function ask(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(url, { ...init, headers });
    requests += 1;
    if (response.status >= 400)
      failures.push(`${init.method ?? 'GET'} ${url}: ${await response.clone().text()}`);
    return response;
  }

  /** Places orders, reads them in both services, and cancels every second one. */
  async function customer(): Promise<void> {
    for (let n = 0; !isOver; n++) {
      const body = JSON.stringify({ items: [{ sku: 'BAG-AMBER', quantity: 1 }] });
      const placed = await ask(`${shop.service.url}/orders`, { method: 'POST', body });
      const { id } = (await placed.json()) as { id: string };
      await ask(`${history.url}/history?status=placed&limit=3`);
      if (n % 2 === 0) await ask(`${shop.service.url}/orders/${id}/cancel`, { method: 'POST', body: '{}' });
      await ask(`${history.url}/history/summary`);
    }
  }

  it('fails no request', async () => {
    const customers = Promise.all([customer(), customer(), customer()]);
    for (let n = 1; n <= MIGRATIONS; n++) {
      const until = requests + REQUESTS_BETWEEN;
      while (requests < until && failures.length === 0)
        await new Promise((resolve) => setTimeout(resolve, 20));
      await migrate(enumMigration(VALUES[n % 2] ?? []));
    }
    const until = requests + REQUESTS_BETWEEN;
    while (requests < until && failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    isOver = true;
    await customers;
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(MIGRATIONS * REQUESTS_BETWEEN);
  });
});
