import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { openPeerDatabase } from './database';
import { PeerShop } from './shop';

/**
 * The shop's endpoints on plain TypeORM with its `replication` option, for comparison; no framework and no
 * checks.
 */
async function main(): Promise<void> {
  process.once('disconnect', () => process.exit(1));
  const dataSource = await openPeerDatabase(process.env);
  const shop = new PeerShop(dataSource);
  const server = createServer((request, response) => {
    handle(shop, request).then(
      ({ status, body }) => send(response, status, body),
      (error: unknown) => send(response, 500, { error: String(error) }),
    );
  });
  server.listen(Number(process.env.PEER_PORT), '127.0.0.1');
  process.on('SIGTERM', () => process.exit(0));
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function handle(shop: PeerShop, request: IncomingMessage): Promise<Reply> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === '/health/ready') return { status: 200, body: {} };
  const customer = customerOf(request);
  if (request.method === 'POST') {
    const body = JSON.parse(await read(request)) as { items: { sku: string; quantity: number }[] };
    const key = String(request.headers['idempotency-key']);
    return { status: 201, body: await shop.place(customer, key, body.items) };
  }
  if (path === '/products') return { status: 200, body: { items: await shop.products() } };
  if (path === '/history') return { status: 200, body: { items: await shop.history(customer) } };
  const order = await shop.order(customer, path.slice('/orders/'.length));
  return order === undefined ? { status: 404, body: {} } : { status: 200, body: order };
}

/** Reads the token without verifying it. */
function customerOf({ headers }: IncomingMessage): string {
  const payload = headers.authorization?.split('.')[1] ?? '';
  return (JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { sub: string }).sub;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

void main();
