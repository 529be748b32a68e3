import { walPosition } from '../src/postgres/position/wal-position';
import type { PostgresCluster } from '@app/postgres-cluster';
import { Controller, Get, Inject, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import Cursor from 'pg-cursor';
import request from 'supertest';
import { InProcessSessionMemory, RoutedPool, type SessionMemory } from '../src';
import { DbRoutingModule } from '../src/nest';
import { untilAllFit } from './support';
import { startCluster } from './test-cluster';

@Controller('notes')
class NotesController {
  constructor(@Inject(RoutedPool) private readonly pool: RoutedPool) {}

  @Post(':id')
  async write(@Param('id') id: string) {
    await this.pool.query('INSERT INTO note VALUES ($1)', [id]);
    return {};
  }

  @Post('by-cursor/:id')
  async writeByCursor(@Param('id') id: string) {
    await this.pool.query(new Cursor('INSERT INTO note VALUES ($1)', [id])).read(1);
    return {};
  }

  @Get(':id')
  async count(@Param('id') id: string) {
    const { rows } = await this.pool.query<{ n: number }>(
      'SELECT count(*)::int AS n FROM note WHERE id = $1',
      [id],
    );
    return rows[0];
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

/** A session memory that a test can take out of order. */
class FragileMemory implements SessionMemory {
  readonly #memory = new InProcessSessionMemory();
  isBroken = false;

  recall(subject: string) {
    return this.isBroken ? Promise.reject(new Error('no memory')) : this.#memory.recall(subject);
  }

  advance(...args: Parameters<SessionMemory['advance']>) {
    return this.isBroken ? Promise.reject(new Error('no memory')) : this.#memory.advance(...args);
  }
}

describe.each(['interceptor', 'guard'] as const)(
  'a session without a token, admitted by a(n) %s',
  (admission) => {
    const memory = new FragileMemory();
    let cluster: PostgresCluster;
    let app: NestFastifyApplication;
    let url: string;

    beforeAll(async () => {
      cluster = await startCluster();
      await cluster.primary.query('CREATE TABLE note (id int PRIMARY KEY)');
      await cluster.primary.query('GRANT ALL ON note TO migrator');
      await cluster.waitForReplication();
      const root = {
        module: NotesModule,
        imports: [
          DbRoutingModule.forRoot({
            url: cluster.url('migrator'),
            monitor: cluster.credentials('monitor'),
            maxStalenessMs: 60_000,
            sessions: { memory },
            admission,
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
      app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), { logger: false });
      await app.listen(0, '127.0.0.1');
      url = await app.getUrl();
      await untilAllFit(app.get(RoutedPool));
      await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
    });
    afterAll(async () => {
      await app.close();
      await cluster.stop();
    });

    let nextId = 100;
    const write = (id: number, subject: string) =>
      request(url).post(`/notes/${id}`).set('x-subject', subject).expect(201);
    const count = async (id: number, subject: string): Promise<number> => {
      const { body } = await request(url).get(`/notes/${id}`).set('x-subject', subject).expect(200);
      return (body as { n: number }).n;
    };

    it('is remembered by its subject, and by no other', async () => {
      await write(1, 'alice');
      expect(await count(1, 'bob')).toBe(0);
      expect(await count(1, 'alice')).toBe(1);
    });

    it('is remembered although a cursor wrote, whose position comes after its last row', async () => {
      for (let id = 50; id < 60; id++) {
        await request(url).post(`/notes/by-cursor/${id}`).set('x-subject', `erin ${id}`).expect(201);
        expect(await count(id, `erin ${id}`)).toBe(1);
      }
    });

    it('reads from the primary while the memory is out of order, and may have forgotten what the subject has seen', async () => {
      memory.isBroken = true;
      await write(2, 'alice');
      expect(await count(2, 'alice')).toBe(1);
      memory.isBroken = false;
      expect(await count(2, 'carol')).toBe(0);
    });

    it.each([
      ['of a cluster that has been replaced', () => walPosition('7', 9, 1n << 60n)],
      ['of a timeline that was left', (systemId: string) => walPosition(systemId, 9, 1n)],
      ['from before a backup was restored', (systemId: string) => walPosition(systemId, 1, 1n << 60n)],
    ])('is served although the memory is %s', async (_, positionIn) => {
      const { systemId = '' } = app.get(RoutedPool).topology.primary ?? {};
      const subject = `dave ${String(nextId)}`;
      await memory.advance(subject, positionIn(systemId));
      const id = nextId++;
      expect(await count(id, subject)).toBe(0);
      await write(id, subject);
      expect(await count(id, subject)).toBe(1);
    });
  },
);
