import { RoutedPool } from 'db-routing';
import { fastify, type FastifyRequest } from 'fastify';
import type { PlaceOrderBody } from '../../../../apps/order-service/src/orders/orders.schemas';
import { ShopAnswers } from './shop-answers';

/**
 * Fastify alone on the same pool, with the same answers: the limit of what a service on this pool can reach.
 * It verifies no token, checks no input, and has neither sessions nor logs nor metrics.
 */
async function main({ env }: NodeJS.Process): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  process.on('SIGTERM', () => process.exit(0));
  const pool = await RoutedPool.start({
    url: env.DATABASE_URL ?? '',
    monitor: { user: env.DATABASE_MONITOR_USER ?? '', password: env.DATABASE_MONITOR_PASSWORD ?? '' },
    maxConnectionsPerNode: Number(env.PEER_POOL_SIZE),
  });
  const shop = new ShopAnswers(pool);
  const app = fastify();
  app.get('/health/ready', () => ({ status: 'ok' }));
  app.get('/products', () => shop.products());
  app.get('/history', (request) => shop.history(customerOf(request)));
  app.get<{ Params: { id: string } }>('/orders/:id', (request) =>
    shop.order(customerOf(request), request.params.id),
  );
  app.post<{ Body: PlaceOrderBody }>('/orders', (request, reply) => {
    reply.code(201);
    return shop.placeOrder(customerOf(request), String(request.headers['idempotency-key']), request.body);
  });
  await app.listen({ port: Number(env.PEER_PORT), host: '127.0.0.1' });
}

/** The customer whom the token names. */
function customerOf({ headers }: FastifyRequest): string {
  const [, payload = ''] = (headers.authorization ?? '').split('.');
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sub: string }).sub;
}

void main(process);
