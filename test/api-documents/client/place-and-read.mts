import createClient from 'openapi-fetch';
import type { paths as HistoryPaths } from './history-service.js';
import type { paths as OrderPaths } from './order-service.js';

// Every name and type below comes from the services' documents; the compiler refuses what they do not describe.
const [orderUrl, historyUrl, accessToken] = process.argv.slice(2);
const headers = { authorization: `Bearer ${accessToken}` };
const orders = createClient<OrderPaths>({ baseUrl: orderUrl, headers });
const history = createClient<HistoryPaths>({ baseUrl: historyUrl, headers });

const placed = await orders.POST('/orders', {
  params: { header: { 'Idempotency-Key': 'generated-client' } },
  body: { items: [{ sku: 'BAG-AMBER', quantity: 2 }] },
});
if (placed.data === undefined) throw new Error(`not placed: ${placed.error.title}`);
const { id } = placed.data;

/** The session, as the next request's header. */
const session = (response: Response) => ({
  'consistency-token': response.headers.get('consistency-token') ?? undefined,
});
const read = await orders.GET('/orders/{id}', {
  params: { path: { id }, header: session(placed.response) },
});
const listed = await history.GET('/history', {
  params: { query: { limit: 1 }, header: session(placed.response) },
});
// @ts-expect-error -- the document requires a quantity
const refused = await orders.POST('/orders', { body: { items: [{ sku: 'BAG-AMBER' }] } });

process.stdout.write(
  JSON.stringify({
    id,
    location: placed.response.headers.get('location'),
    read: { id: read.data?.id, route: read.response.headers.get('x-db-route') },
    listed: { id: listed.data?.items[0]?.id, route: listed.response.headers.get('x-db-route') },
    refused: refused.error?.errors?.[0]?.field,
  }),
);
