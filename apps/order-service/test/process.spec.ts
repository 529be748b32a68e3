import { once } from 'node:events';
import { connect } from 'node:net';
import { type PostgresCluster, until } from '@app/postgres-cluster';
import { mintDevelopmentToken } from '@app/service-kit';
import { Client } from 'pg';
import request from 'supertest';
import { migratorUrl } from '../../../libs/shop-database/test/shop';
import { OrderProcesses, urlOf } from './order-processes';

describe('order-service as a process', () => {
  let cluster: PostgresCluster;
  let processes: OrderProcesses;

  beforeAll(async () => {
    processes = await OrderProcesses.onOwnCluster();
    ({ cluster } = processes);
  });
  afterAll(() => processes.stop());

  const postOrder = async (url: string) =>
    request(url)
      .post('/orders')
      .auth(await mintDevelopmentToken('alice', {}), { type: 'bearer' })
      .send({ items: [{ sku: 'TEAPOT-BIRCH', quantity: 1 }] });

  /** Makes every order for one product wait until the returned function is called. */
  const holdProduct = async () => {
    const client = new Client({ connectionString: migratorUrl(cluster) });
    await client.connect();
    await client.query('BEGIN');
    await client.query(`SELECT 1 FROM products WHERE sku = 'TEAPOT-BIRCH' FOR UPDATE`);
    return () => client.end();
  };
  const untilAnOrderWaits = () =>
    until('an order to wait for the product', async () => {
      const sql = `SELECT 1 FROM pg_stat_activity WHERE usename = 'order_service' AND wait_event_type = 'Lock'`;
      return (await cluster.primary.query(sql)).rows.length > 0;
    });

  it('logs a request as one JSON line with its id, customer and duration', async () => {
    const process = processes.start();
    const url = await urlOf(process);
    const token = await mintDevelopmentToken('alice', {});
    await request(url)
      .get('/products?search=mug')
      .auth(token, { type: 'bearer' })
      .set('X-Request-Id', 'trace-7');
    await process.says('trace-7');
    expect(process.log()).toContainEqual(
      expect.objectContaining({
        level: 'log',
        method: 'GET',
        path: '/products',
        status: 200,
        ms: expect.any(Number),
        requestId: 'trace-7',
        customer: 'alice',
      }),
    );
    await process.kill();
  });

  it('has logged every request when SIGTERM ends it', async () => {
    const process = processes.start();
    const url = await urlOf(process);
    const token = await mintDevelopmentToken('alice', {});
    const ids = Array.from({ length: 200 }, (_, index) => `request-${index}`);
    await Promise.all(
      ids.map((id) =>
        request(url)
          .get('/products?limit=1')
          .auth(token, { type: 'bearer' })
          .set('X-Request-Id', id)
          .expect(200),
      ),
    );
    process.child.kill('SIGTERM');
    expect(await process.exit()).toBe(0);
    const logged = process.log().map(({ requestId }) => requestId);
    expect(logged.filter((id) => id !== undefined).sort()).toEqual(ids.sort());
    expect(process.log().at(-1)).toMatchObject({ message: 'drained' });
  });

  it('logs no error when a client disconnects while sending its body', async () => {
    const process = processes.start();
    const { hostname, port } = new URL(await urlOf(process));
    const management = process.log().at(-1)!.management as string;
    const socket = connect(Number(port), hostname);
    socket.write(
      'POST /orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n',
    );
    socket.write('Expect: 100-continue\r\n\r\n');
    // The server asks for the body, so it is now waiting for it.
    await once(socket, 'data');
    socket.destroy();
    await until('the request to be counted as aborted', async () => {
      const { text } = await request(management).get('/metrics');
      return /^http_server_request_duration_seconds_count\{.*status="aborted"\} 1$/m.test(text);
    });
    process.child.kill('SIGTERM');
    expect(await process.exit()).toBe(0);
    expect(process.stderr).toBe('');
  });

  it('on SIGTERM finishes requests in flight, accepts no new ones, and exits with 0', async () => {
    const process = processes.start();
    const url = await urlOf(process);
    const release = await holdProduct();
    const inFlight = postOrder(url);
    await untilAnOrderWaits();
    process.child.kill('SIGTERM');
    process.child.kill('SIGTERM');
    await until('new connections to be refused', () =>
      request(url)
        .get('/health/live')
        .then(
          () => false,
          (error: unknown) => (error as { code?: string }).code === 'ECONNREFUSED',
        ),
    );
    await release();
    const response = await inFlight;
    expect(response.status).toBe(201);
    expect(response.headers.connection).toBe('close');
    expect(await process.exit()).toBe(0);
    expect(process.log().at(-1)).toMatchObject({ message: 'drained' });
    expect(process.stderr).toBe('');
  });

  it('cuts off a request that takes longer than DRAIN_TIMEOUT_MS, says so, and exits with 1', async () => {
    const process = processes.start({ DRAIN_TIMEOUT_MS: '300' });
    const url = await urlOf(process);
    const release = await holdProduct();
    const cutOff = expect(postOrder(url)).rejects.toThrow();
    await untilAnOrderWaits();
    process.child.kill('SIGTERM');
    expect(await process.exit()).toBe(1);
    await cutOff;
    await release();
    expect(process.stderr).toContain('DRAIN_TIMEOUT_MS (300)');
  });

  it('exits when its parent process is gone', async () => {
    const process = processes.start({}, { withIpc: true });
    await urlOf(process);
    process.child.disconnect();
    expect(await process.exit()).toBe(0);
  });

  it('waits for the database to become available, says so, and then starts', async () => {
    await cluster.primary.stop('fast');
    const process = processes.start();
    await until('the service to say that it waits', () =>
      process.stdout.concat(process.stderr).includes(cluster.primary.name),
    );
    await cluster.primary.start();
    const url = await urlOf(process);
    expect((await request(url).get('/health/ready')).status).toBe(200);
    await process.kill();
  });
});
