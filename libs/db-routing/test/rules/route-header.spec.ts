import type { PostgresCluster } from '@app/postgres-cluster';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { onPrimary, ReadFrom, RoutedPool, type RoutingRule } from '../../src';
import { DbRoutingModule, ROUTE_HEADER } from '../../src/nest';
import { untilAllFit } from '../support';
import { startLab } from './rules-lab';

@Controller('shop')
class ShopController {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  @Get('orders')
  async orders() {
    await this.pool.query('SELECT count(*) FROM orders');
  }

  @Get('archive')
  async archive() {
    await this.pool.query('SELECT count(*) FROM archive.old_orders');
  }

  @Get('products')
  async products() {
    await this.pool.query("SELECT count(*) FROM products /*controller='shop',page='1'*/");
  }

  @Get('report')
  @ReadFrom('reporting', { maxStalenessMs: 60_000 })
  async report() {
    await this.pool.query('SELECT count(*) FROM orders');
  }

  @Get('fresh')
  fresh() {
    return onPrimary(async () => {
      await this.pool.query('SELECT count(*) FROM orders');
      return {};
    });
  }
}

@Module({ controllers: [ShopController] })
class ShopModule {}

describe('x-db-route under rules', () => {
  let cluster: PostgresCluster;
  const apps: NestFastifyApplication[] = [];

  beforeAll(async () => {
    cluster = await startLab(2);
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await cluster.stop();
  });

  /** An application with its own database user, which takes the subject from the header `x-subject`. */
  async function serve(user: 'migrator' | 'reader', rules: RoutingRule[], groups = {}) {
    const root = {
      module: ShopModule,
      imports: [
        DbRoutingModule.forRoot({
          url: cluster.url(user),
          monitor: cluster.credentials('monitor'),
          probeIntervalMs: 200,
          maxStalenessMs: 3000,
          exposeRoute: true,
          rules,
          groups,
          attributesOf: (context) => ({
            subject: context.switchToHttp().getRequest<{ headers: Record<string, string> }>().headers[
              'x-subject'
            ],
          }),
        }),
      ],
    };
    // Nest declares its options as a class that it does not export.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    const app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), {
      logger: false,
    });
    apps.push(app);
    await app.listen(0, '127.0.0.1');
    await untilAllFit(app.get(RoutedPool));
    const url = await app.getUrl();
    return async (path: string, subject = 'alice') => {
      const response = await request(url).get(`/shop/${path}`).set('x-subject', subject);
      expect(response.status).toBe(200);
      return response.headers[ROUTE_HEADER]!;
    };
  }
  const primary = (reason: string) =>
    `node=${cluster.primary.name};role=primary;reason=${reason};staleness=0`;
  const onAReplica = (reason: string) =>
    new RegExp(`^node=[^;]+;role=replica;reason=${reason};staleness=\\d+$`);

  it('shows a rule by database user', async () => {
    const rules: RoutingRule[] = [{ name: 'owner', match: { user: 'migrator' }, role: 'primary' }];
    expect(await (await serve('migrator', rules))('orders')).toBe(primary('rule-owner'));
    expect(await (await serve('reader', rules))('orders')).toMatch(onAReplica('read'));
  });

  it('shows rules by schema, statement, tag, subject and handler, and that the first one counts', async () => {
    const get = await serve('reader', [
      { name: 'vip', match: { subject: 'vip-*' }, role: 'primary' },
      { name: 'archive', match: { schema: 'archive' }, role: 'primary' },
      {
        name: 'counts',
        match: { kind: 'select', text: 'count\\(\\*\\) from orders', handler: 'ShopController.orders' },
        role: 'primary',
      },
      { name: 'tagged', match: { tag: { controller: 'shop' } }, role: 'replica' },
    ]);
    expect(await get('archive')).toBe(primary('rule-archive'));
    expect(await get('orders')).toBe(primary('rule-counts'));
    expect(await get('products')).toMatch(onAReplica('rule-tagged'));
    expect(await get('products', 'vip-1')).toBe(primary('rule-vip'));
    expect(await get('archive', 'vip-1')).toBe(primary('rule-vip'));
  });

  it('shows hints in code, which a decorator keeps beside those of Nest', async () => {
    const [first, second] = cluster.replicas.map(({ name }) => name) as [string, string];
    const get = await serve('reader', [], { reporting: { nodes: [second] } });
    expect(await get('report')).toMatch(
      new RegExp(`^node=${second};role=replica;reason=hint;staleness=\\d+$`),
    );
    expect(await get('orders')).toMatch(
      new RegExp(`^node=${first};role=replica;reason=read;staleness=\\d+$`),
    );
    expect(await get('fresh')).toBe(primary('hint'));
  });
});
