import { PostgresCluster } from '@app/postgres-cluster';
import {
  MAX_IDEMPOTENCY_KEY_LENGTH,
  MAX_ORDER_TOTAL_CENTS,
  MAX_QUANTITY_PER_SKU,
  MAX_SKU_LENGTH,
  migrate,
  shopDatabase,
} from '../src';
import { shopMigrations } from '../src/migrations';
import { withPrimary } from '../src/primary-connection';
import { migratorUrl, queryAs } from './shop';

describe('migrate', () => {
  let cluster: PostgresCluster;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 1 });
  });
  afterAll(() => cluster.stop());

  it('names a missing role, and works once the role exists', async () => {
    await cluster.primary.query('ALTER ROLE history_service RENAME TO elsewhere');
    await expect(migrate(migratorUrl(cluster))).rejects.toThrow(/role history_service.*CREATE ROLE/);
    await cluster.primary.query('ALTER ROLE elsewhere RENAME TO history_service');
    await migrate(migratorUrl(cluster));
    expect(await tables()).toEqual([
      'idempotency_keys',
      'order_events',
      'order_items',
      'orders',
      'products',
      'schema_migrations',
    ]);
  });

  it('applies each migration once, even when two migrators start together', async () => {
    await queryAs(
      cluster,
      'migrator',
      'DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC',
    );
    const messages: string[] = [];
    const url = migratorUrl(cluster);
    await Promise.all([
      migrate(url, (line) => messages.push(line)),
      migrate(url, (line) => messages.push(line)),
    ]);
    const applied = shopMigrations.map(({ name }) => `migrated: ${name}`);
    expect(messages.sort()).toEqual([...applied, 'schema is up to date'].sort());
  });

  it('can be undone, migration by migration, and applied again', async () => {
    const url = migratorUrl(cluster);
    await withPrimary(url, async (dataSource) => {
      for (const _ of shopMigrations) await dataSource.undoLastMigration();
    });
    expect(await tables()).toEqual(['schema_migrations']);
    await migrate(url);
    expect(await tables()).toHaveLength(6);
  });

  it('refuses a replica, naming it without its password', async () => {
    await cluster.waitForReplication();
    const [replica] = cluster.replicas;
    await expect(migrate(migratorUrl(cluster, replica))).rejects.toThrow(
      `${replica!.name} is a replica; migrations and seed run on the primary`,
    );
  });

  it('refuses a URL with several hosts, naming them without the password', async () => {
    const hosts = cluster.nodes.map(({ name }) => name).join(',');
    await expect(migrate(cluster.url('migrator'))).rejects.toThrow(
      new Error(`the database URL must name one host, the primary; it names ${hosts}`),
    );
  });

  it.each([
    ['products.sku', MAX_SKU_LENGTH, `INSERT INTO products VALUES (repeat('x', $1), 'n', 1, 1)`],
    [
      'orders.total_cents',
      MAX_ORDER_TOTAL_CENTS,
      `INSERT INTO orders VALUES (gen_random_uuid(), 'c', 'placed', $1, 1, now())`,
    ],
    [
      'order_items.quantity',
      MAX_QUANTITY_PER_SKU,
      `WITH p AS (INSERT INTO products VALUES ('q-' || $1::int, 'n', 1, 1) RETURNING sku),
            o AS (INSERT INTO orders VALUES (gen_random_uuid(), 'c', 'placed', 1, 1, now()) RETURNING id)
       INSERT INTO order_items SELECT o.id, p.sku, $1::int, 1 FROM p, o`,
    ],
    [
      'idempotency_keys.key',
      MAX_IDEMPOTENCY_KEY_LENGTH,
      `INSERT INTO idempotency_keys VALUES ('c', repeat('k', $1), 'hash', gen_random_uuid())`,
    ],
  ])('the constraint on %s is the limit in the code: %d', async (_column, limit, sql) => {
    await expect(queryAs(cluster, 'migrator', sql, [limit])).resolves.toEqual([]);
    await expect(queryAs(cluster, 'migrator', sql, [limit + 1])).rejects.toMatchObject({ code: '23514' });
  });

  async function tables(): Promise<string[]> {
    const rows = await queryAs<{ name: string }>(
      cluster,
      'migrator',
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  }
});
