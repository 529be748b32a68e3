import type { Customer } from '../shop/customer';
import type { Shop } from '../shop/shop';
import { expectStatus } from './requests';

/** Reads a page of products, or the customer's history. Returns how many requests were answered. */
export async function readOnce(shop: Shop, customer: Customer): Promise<number> {
  const isHistory = Math.random() < 0.5;
  const path = isHistory ? '/history?limit=10' : '/products?limit=10';
  const client = isHistory ? shop.history : shop.orders;
  expectStatus(await customer.send(client, { method: 'GET', path }, { hasToken: false }), path, 200);
  return 1;
}
