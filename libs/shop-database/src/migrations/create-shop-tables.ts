import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateShopTables1763500000000 implements MigrationInterface {
  name = 'CreateShopTables1763500000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // A trusted extension: the owner of the database may create it without being a superuser.
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm');
    for (const statement of statements) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE idempotency_keys, order_events, order_items, orders, products');
  }
}

const statements = [
  // Stock changes with every order; free space in each page lets those updates skip the indexes (HOT).
  `CREATE TABLE products (
     sku text PRIMARY KEY CHECK (length(sku) BETWEEN 1 AND 64),
     name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
     price_cents integer NOT NULL CHECK (price_cents BETWEEN 0 AND 10000000),
     stock integer NOT NULL CHECK (stock >= 0)
   ) WITH (fillfactor = 80)`,
  'CREATE INDEX products_search ON products USING gin (name gin_trgm_ops, sku gin_trgm_ops)',

  `CREATE TABLE orders (
     id uuid PRIMARY KEY,
     customer_id text NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 128),
     status text NOT NULL CHECK (status IN ('placed', 'shipped', 'delivered', 'cancelled')),
     total_cents integer NOT NULL CHECK (total_cents BETWEEN 0 AND 1000000000),
     item_count integer NOT NULL CHECK (item_count BETWEEN 1 AND 100000),
     created_at timestamptz(3) NOT NULL
   )`,
  'CREATE INDEX orders_history ON orders (customer_id, created_at DESC, id DESC)',
  'CREATE INDEX orders_history_by_status ON orders (customer_id, status, created_at DESC, id DESC)',

  `CREATE TABLE order_items (
     order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
     sku text NOT NULL REFERENCES products (sku),
     quantity integer NOT NULL CHECK (quantity BETWEEN 1 AND 1000),
     unit_price_cents integer NOT NULL CHECK (unit_price_cents BETWEEN 0 AND 10000000),
     PRIMARY KEY (order_id, sku)
   )`,

  `CREATE TABLE order_events (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
     status text NOT NULL CHECK (status IN ('placed', 'shipped', 'delivered', 'cancelled')),
     at timestamptz(3) NOT NULL,
     detail text CHECK (length(detail) <= 500)
   )`,
  'CREATE INDEX order_events_of_order ON order_events (order_id, id)',

  // The order that a request with an Idempotency-Key placed: a repeated request gets it as the answer and
  // places none.
  `CREATE TABLE idempotency_keys (
     customer_id text NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 128),
     key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
     request_hash text NOT NULL,
     order_id uuid,
     created_at timestamptz(3) NOT NULL DEFAULT now(),
     PRIMARY KEY (customer_id, key)
   )`,
];
