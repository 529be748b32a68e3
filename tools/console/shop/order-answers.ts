import type { ShopAnswer } from './shop-client';

/** The fields of the services' answers that the console looks at. */
interface Order {
  readonly id?: string;
  readonly status?: string;
  readonly items?: readonly { readonly id?: string; readonly sku?: string; readonly status?: string }[];
}

export function orderOf({ body }: ShopAnswer): Order {
  return typeof body === 'object' && body !== null ? body : {};
}

/** Whether the details of an order are older than what its customer did last. */
export function isDetailsStale(
  answer: ShopAnswer,
  { isCancelled }: { readonly isCancelled: boolean },
): boolean {
  if (answer.status === 404) return true;
  return answer.status === 200 && isCancelled && orderOf(answer).status !== 'cancelled';
}

/** Whether a history lacks what its customer did last. */
export function isHistoryStale(
  answer: ShopAnswer,
  { orderId, isCancelled }: { readonly orderId: string; readonly isCancelled: boolean },
): boolean {
  if (answer.status !== 200) return false;
  const order = orderOf(answer).items?.find(({ id }) => id === orderId);
  return order === undefined || (isCancelled && order.status !== 'cancelled');
}
