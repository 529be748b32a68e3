import { createHash } from 'node:crypto';
import { onPrimary } from 'db-routing';
import { Problem } from '@app/service-kit';
import { Order } from '@app/shop-database';
import type { EntityManager } from 'typeorm';
import { viewAsPlaced } from './order-view';
import type { OrderLine, OrderView } from './orders.schemas';

/** Equal for all requests that order the same items. */
export function hashOf(lines: readonly OrderLine[]): string {
  return createHash('sha256').update(JSON.stringify(lines)).digest('hex');
}

/**
 * The answer that the first request with the key got: the order as it was when placed, not as it is now.
 * Undefined when the key is unused. Asks the primary, because the key may have been used a moment ago.
 *
 * @throws Problem 422 when the key was used for another order
 */
export async function answerAgain(
  manager: EntityManager,
  customerId: string,
  { key, requestHash }: { readonly key: string; readonly requestHash: string },
): Promise<OrderView | undefined> {
  return onPrimary(async () => {
    const [earlier] = await manager.query<{ request_hash: string; order_id: string }[]>(
      'SELECT request_hash, order_id FROM idempotency_keys WHERE customer_id = $1 AND key = $2',
      [customerId, key],
    );
    if (earlier === undefined) return undefined;
    if (earlier.request_hash !== requestHash) {
      throw new Problem({
        status: 422,
        type: 'urn:problem:idempotency-key-reused',
        title: 'Idempotency key reused',
        detail: 'This Idempotency-Key was used for another order; a new order needs a new key.',
        errors: [{ field: 'idempotency-key', value: key, message: 'was used with another body' }],
      });
    }
    const [order] = await manager.find(Order, {
      where: { id: earlier.order_id, customerId },
      relations: { items: true },
      order: { items: { sku: 'ASC' } },
    });
    if (order === undefined) throw new Error(`order ${earlier.order_id} of an idempotency key is gone`);
    return viewAsPlaced(order);
  });
}
