import type { PostgresCluster } from '@app/postgres-cluster';
import {
  type CanActivate,
  Inject,
  Injectable,
  type INestApplicationContext,
  Module,
  UseGuards,
} from '@nestjs/common';
import { ExternalContextCreator, NestFactory } from '@nestjs/core';
import {
  acceptConsistencyToken,
  ConsistencyTokens,
  currentConsistencyToken,
  RoutedPool,
  Session,
} from '../../src';
import { DbRoutingModule, type DbRoutingModuleOptions } from '../../src/nest';
import { startPool, untilAllFit } from '../support';
import { KEYS } from './before-guards.app';
import { startCluster } from '../test-cluster';

let nextId = 1;

@Injectable()
class WritingGuard implements CanActivate {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  async canActivate() {
    await this.pool.query('INSERT INTO note VALUES ($1)', [nextId]);
    return true;
  }
}

@Injectable()
class Consumer {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  @UseGuards(WritingGuard)
  async guarded(): Promise<number> {
    return this.#count(nextId);
  }

  async handle({ id, token }: { id: number; token: string }) {
    const before = await this.#count(id);
    acceptConsistencyToken(token);
    return { before, after: await this.#count(id), handedOn: currentConsistencyToken() };
  }

  async #count(id: number): Promise<number> {
    return (await this.pool.query('SELECT FROM note WHERE id = $1', [id])).rowCount ?? -1;
  }
}

@Module({ providers: [Consumer, WritingGuard] })
class ConsumerModule {}

describe('a handler of messages, as a microservice or a gateway has them', () => {
  let cluster: PostgresCluster;
  let producer: RoutedPool;
  let app: INestApplicationContext;

  beforeAll(async () => {
    cluster = await startCluster();
    producer = await startPool(cluster);
    await producer.query('CREATE TABLE note (id int PRIMARY KEY)');
    await cluster.waitForReplication();
    app = await startConsumer({});
    await untilAllFit(app.get(RoutedPool));
    await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
  });
  afterAll(async () => {
    await app.close();
    await producer.end();
    await cluster.stop();
  });

  function startConsumer(options: Partial<DbRoutingModuleOptions>): Promise<INestApplicationContext> {
    const routing = DbRoutingModule.forRoot({
      url: cluster.url('migrator'),
      monitor: cluster.credentials('monitor'),
      maxStalenessMs: 60_000,
      sessions: { tokens: { keys: KEYS } },
      ...options,
    });
    const root = { module: ConsumerModule, imports: [routing] };
    // Nest declares its options as a class that it does not export.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    return NestFactory.createApplicationContext(root, { logger: false });
  }

  /** Runs guards and interceptors, as every transport does when it calls a handler. */
  function call(method: 'guarded' | 'handle', at = app): (message?: unknown) => Promise<unknown> {
    const contexts = at.get(ExternalContextCreator, { strict: false });
    const consumer = at.get(Consumer);
    const callback: unknown = Reflect.get(consumer, method);
    const handler = contexts.create(
      consumer,
      callback as (...args: unknown[]) => unknown,
      method,
      undefined,
      undefined,
      undefined,
      undefined,
      { guards: true, interceptors: true, filters: true },
      'rpc',
    ) as (message?: unknown) => Promise<unknown>;
    return (message) => handler(message);
  }

  it('takes over the token of a message, and hands it on', async () => {
    const id = (nextId += 1);
    const session = new Session();
    await session.run(() => producer.query('INSERT INTO note VALUES ($1)', [id]));
    if (!session.position) throw new Error('nothing was written');
    const tokens = new ConsistencyTokens({ keys: KEYS });
    const token = tokens.sign(session.position, 'alice');
    const told = (await call('handle')({ id, token })) as { handedOn: string };
    expect(told).toMatchObject({ before: 0, after: 1 });
    expect(tokens.verify(told.handedOn, undefined, undefined)).toHaveProperty('position');
  });

  it('reads what its guards have written', async () => {
    for (let round = 0; round < 5; round++) {
      nextId += 1;
      expect(await call('guarded')()).toBe(1);
    }
  });

  it('is not called where a guard admits requests: it would run outside of any session', async () => {
    const guarded = await startConsumer({ admission: 'guard' });
    await expect(call('handle', guarded)({ id: 0, token: '' })).rejects.toThrow(
      "admission is 'guard': works for HTTP on Fastify; Consumer handles rpc",
    );
    await guarded.close();
  });
});
