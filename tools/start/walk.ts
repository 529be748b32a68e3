import { randomUUID } from 'node:crypto';
import { mintDevelopmentToken } from '@app/service-kit';

type Walk = Readonly<Record<'order-service' | 'history-service', string>>;

/** Lines to paste into a shell: Alice places an order on the primary and reads it back from a replica. */
export async function aliceWalk({
  'order-service': orderUrl,
  'history-service': historyUrl,
}: Walk): Promise<string> {
  const token = await mintDevelopmentToken('alice');
  const sku = await firstSku(orderUrl, token);
  return `Alice's walk, to paste into a shell (x-db-route in each answer says which node served it):

  TOKEN=${token}

  # products: a replica reads
  curl -iw '\\n' -H "Authorization: Bearer $TOKEN" '${orderUrl}/products?limit=3'

  # place an order: the primary writes
  ANSWER=$(curl -sSi -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -H 'Idempotency-Key: ${randomUUID()}' -d '{"items":[{"sku":"${sku}","quantity":2}]}' ${orderUrl}/orders)
  echo "$ANSWER"
  ORDER=$(echo "$ANSWER" | sed -n 's#^location: /orders/\\([0-9a-f-]*\\).*#\\1#p')

  SEEN=$(echo "$ANSWER" | tr -d '\\r' | sed -n 's#^consistency-token: ##p')

  # and it comes back from a replica, from either service; with the token never older than what was written
  curl -iw '\\n' -H "Authorization: Bearer $TOKEN" -H "Consistency-Token: $SEEN" ${orderUrl}/orders/$ORDER
  curl -iw '\\n' -H "Authorization: Bearer $TOKEN" -H "Consistency-Token: $SEEN" '${historyUrl}/history?limit=3'
  curl -iw '\\n' -H "Authorization: Bearer $TOKEN" -H "Consistency-Token: $SEEN" ${historyUrl}/history/latest

  # the nodes, and how far behind they are
  curl -sw '\\n' ${orderUrl}/health`;
}

/** Finds an existing sku by requesting one product, which also shows that reads work. */
async function firstSku(orderUrl: string, token: string): Promise<string> {
  const response = await fetch(`${orderUrl}/products?limit=1`, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(5_000),
  });
  if (!response.ok)
    throw new Error(`GET ${orderUrl}/products answered ${response.status}: ${await response.text()}`);
  const { items } = (await response.json()) as { items: { sku: string }[] };
  const sku = items[0]?.sku;
  if (sku === undefined) throw new Error('The seed has left no product.');
  return sku;
}
