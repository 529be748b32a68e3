import { createHash } from 'node:crypto';
import { Problem } from '@app/service-kit';
import type { EntityManager } from 'typeorm';
import type { OrderLine, OrderView } from './orders.schemas';

/**
 * Claims the key for the transaction that runs, and answers undefined; or, when an order was placed with it
 * before, what that was answered. A request with the same key that is still at work is waited for: its row
 * is in the unique index already, and the INSERT waits for its end.
 *
 * @throws Problem 422 when the key was used for another order
 */
export async function claimIdempotencyKey(
  manager: EntityManager,
  customerId: string,
  key: string,
  lines: readonly OrderLine[],
): Promise<OrderView | undefined> {
  const requestHash = createHash('sha256').update(JSON.stringify(lines)).digest('hex');
  const claimed = await manager.query<unknown[]>(
    `INSERT INTO idempotency_keys (customer_id, key, request_hash) VALUES ($1, $2, $3)
     ON CONFLICT DO NOTHING
     RETURNING key`,
    [customerId, key, requestHash],
  );
  if (claimed.length > 0) return undefined;

  const [earlier] = await manager.query<{ request_hash: string; response: OrderView }[]>(
    'SELECT request_hash, response FROM idempotency_keys WHERE customer_id = $1 AND key = $2',
    [customerId, key],
  );
  if (earlier?.request_hash !== requestHash) {
    throw new Problem({
      status: 422,
      type: 'urn:problem:idempotency-key-reused',
      title: 'Idempotency key reused',
      detail: 'This Idempotency-Key was used for another order; a new order needs a new key.',
      errors: [{ field: 'idempotency-key', value: key, message: 'was used with another body' }],
    });
  }
  return earlier.response;
}
