import type { HttpAnswer } from './http-client';
import type { OperationKind } from './operation';

/** Whether a read misses an order that was acknowledged to its session. */
export function missingOrder(kind: OperationKind, answer: HttpAnswer, orderId: string | undefined): boolean {
  if (orderId === undefined) return false;
  if (kind === 'order') return answer.status === 404;
  if (kind !== 'history' || answer.status !== 200) return false;
  const { items } = JSON.parse(answer.body) as { items: { id: string }[] };
  return !items.some(({ id }) => id === orderId);
}

/** Whether an order was shown without some of its items, although one transaction writes them all. */
export function tornOrder(kind: OperationKind, answer: HttpAnswer): boolean {
  if (kind !== 'order' || answer.status !== 200) return false;
  const order = JSON.parse(answer.body) as { itemCount: number; items: { quantity: number }[] };
  return order.items.reduce((sum, { quantity }) => sum + quantity, 0) !== order.itemCount;
}
