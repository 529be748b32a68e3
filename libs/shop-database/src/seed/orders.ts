import { v7 as uuidV7 } from 'uuid';
import type { OrderStatus } from '../entities/order-status';
import type { SeedProduct } from './products';
import type { SeededRandom } from './random';

export interface SeedOrder {
  id: string;
  customer_id: string;
  status: OrderStatus;
  total_cents: number;
  item_count: number;
  created_at: string;
  items: { sku: string; quantity: number; unit_price_cents: number }[];
  events: { status: OrderStatus; at: string; detail: string | null }[];
}

const ORDER_COUNT = 2_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
// Fixed, not "now": seeding again, today or next year, must make the same orders.
const LAST_ORDER_AT_MS = Date.UTC(2026, 10, 1);
const FIRST_ORDER_AT_MS = Date.UTC(2025, 10, 1);
const customers = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi'];

/** Orders from the twelve months before November 2026, oldest first, divided evenly among the customers. */
export function seedOrders(random: SeededRandom, products: readonly SeedProduct[]): SeedOrder[] {
  const stepMs = (LAST_ORDER_AT_MS - FIRST_ORDER_AT_MS) / ORDER_COUNT;
  return Array.from({ length: ORDER_COUNT }, (_, index) => {
    const atMs = Math.floor(FIRST_ORDER_AT_MS + index * stepMs + random.next() * stepMs);
    const customer = customers[index % customers.length] ?? 'alice';
    return seedOrder(random, products, customer, atMs);
  });
}

function seedOrder(
  random: SeededRandom,
  products: readonly SeedProduct[],
  customer: string,
  atMs: number,
): SeedOrder {
  const bought = new Map<string, SeedProduct>();
  const lineCount = random.between(1, 4);
  while (bought.size < lineCount) {
    const product = random.pick(products);
    bought.set(product.sku, product);
  }
  const items = [...bought.values()].map(({ sku, price_cents }) => ({
    sku,
    quantity: random.between(1, 3),
    unit_price_cents: price_cents,
  }));
  const events = seedEvents(random, atMs);
  return {
    id: uuidV7({ msecs: atMs, random: random.bytes(16), seq: random.between(0, 2 ** 31 - 1) }),
    customer_id: customer,
    status: events.at(-1)?.status ?? 'placed',
    total_cents: items.reduce((total, item) => total + item.quantity * item.unit_price_cents, 0),
    item_count: items.reduce((count, item) => count + item.quantity, 0),
    created_at: new Date(atMs).toISOString(),
    items,
    events,
  };
}

function seedEvents(random: SeededRandom, atMs: number): SeedOrder['events'] {
  const event = (status: OrderStatus, afterMs: number, detail: string | null = null) => ({
    status,
    at: new Date(atMs + afterMs).toISOString(),
    detail,
  });
  const placed = event('placed', 0);
  if (random.next() < 0.08) {
    return [placed, event('cancelled', random.between(1, 20) * HOUR_MS, 'cancelled by the customer')];
  }
  const shippedAfterMs = random.between(4, 48) * HOUR_MS;
  const shipped = event('shipped', shippedAfterMs);
  // The newest orders are still on their way.
  const ageMs = LAST_ORDER_AT_MS - atMs;
  if (ageMs < 2 * DAY_MS) return [placed];
  if (ageMs < 6 * DAY_MS) return [placed, shipped];
  return [placed, shipped, event('delivered', shippedAfterMs + random.between(1, 4) * DAY_MS)];
}
