import type { PostgresCluster } from '@app/postgres-cluster';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import { CONSISTENCY_HEADER, InProcessSessionMemory, RoutedPool } from '../../src';
import { ROUTE_HEADER } from '../../src/nest';
import { untilAllFit } from '../support';
import { KEYS, startNotes } from './before-guards.app';
import { startCluster } from '../test-cluster';

describe.each(['interceptor', 'guard'] as const)(
  'a session that begins before the guards, admitted by a(n) %s',
  (admission) => {
    let cluster: PostgresCluster;
    const apps: NestFastifyApplication[] = [];
    let writing: string;
    let reading: string;
    let lenient: string;
    let nextId = 1;

    beforeAll(async () => {
      cluster = await startCluster();
      await cluster.primary.query('CREATE TABLE note (id int PRIMARY KEY)');
      await cluster.primary.query('GRANT ALL ON note TO migrator');
      await cluster.waitForReplication();
      const common = { url: cluster.url('migrator'), monitor: cluster.credentials('monitor') };
      const tokens = { keys: KEYS };
      // Two of them stand for two processes: one knows the other's writes only by the token.
      const memory = new InProcessSessionMemory();
      for (const sessions of [
        { tokens, memory },
        { tokens },
        { tokens, onInvalidToken: 'ignore' as const },
      ]) {
        const app = await startNotes({ ...common, admission, sessions });
        apps.push(app);
        await untilAllFit(app.get(RoutedPool));
      }
      [writing, reading, lenient] = (await Promise.all(apps.map((app) => app.getUrl()))) as [
        string,
        string,
        string,
      ];
      await Promise.all(cluster.replicas.map((replica) => replica.pauseReplay()));
    });
    afterAll(async () => {
      await Promise.all(apps.map((app) => app.close()));
      await cluster.stop();
    });

    const send = (method: 'get' | 'post', url: string, headers: Record<string, string>) => {
      const sent = request(url.slice(0, url.indexOf('/', 8)))
        [method](url.slice(url.indexOf('/', 8)))
        .set(headers);
      return method === 'post' ? sent.send({ some: 'body' }) : sent;
    };
    const tokenOf = (response: request.Response) => response.headers[CONSISTENCY_HEADER]!;
    const n = ({ body }: request.Response) => (body as { n: number }).n;
    async function write(place: string, subject: string, method: 'get' | 'post' = 'get') {
      const id = nextId++;
      const path = place === 'filter' ? `notes/tea/${id}` : `notes/${id}`;
      const headers = { 'x-subject': subject, 'x-write': `${place} ${id}` };
      return { id, response: await send(method, `${writing}/${path}`, headers) };
    }

    it.each([
      ['app.use', 'get', 200],
      ['middleware', 'get', 200],
      ['guard', 'get', 200],
      ['middleware', 'post', 201],
      ['refusing-guard', 'get', 403],
      ['refusing-guard', 'post', 403],
      ['filter', 'get', 418],
    ] as const)('the token covers what %s wrote (%s, answered with %s)', async (place, method, status) => {
      for (let round = 0; round < 5; round++) {
        const { id, response } = await write(place, 'alice', method);
        expect(response.status).toBe(status);
        if (status < 400) expect(n(response)).toBe(1);
        const headers = { 'x-subject': 'alice', [CONSISTENCY_HEADER]: tokenOf(response) };
        const read = await send('get', `${reading}/notes/${id}`, headers);
        expect(n(read)).toBe(1);
      }
    });

    it('guards read what the token stands for', async () => {
      const { id, response } = await write('guard', 'alice');
      const known = { 'x-subject': 'alice', 'x-known': String(id) };
      await send('get', `${reading}/notes/${id}`, known).expect(403);
      const headers = { ...known, [CONSISTENCY_HEADER]: tokenOf(response) };
      await send('get', `${reading}/notes/${id}`, headers).expect(200);
      await send('post', `${reading}/notes/${id}`, headers).expect(201);
    });

    it('shows where the statements of guards went', async () => {
      const { response } = await write('guard', 'alice');
      expect(response.headers[ROUTE_HEADER]).toMatch(/^node=[^;]+;role=primary;reason=write.*, node=/);
      const refused = await write('refusing-guard', 'alice');
      expect(refused.response.headers[ROUTE_HEADER]).toMatch(
        /^node=[^;]+;role=primary;reason=write;staleness=0$/,
      );
    });

    it('refuses the token of another subject after the guards, or goes on without it', async () => {
      const { id, response } = await write('guard', 'alice');
      const headers = { 'x-subject': 'bob', [CONSISTENCY_HEADER]: tokenOf(response) };
      // Without a filter, Nest answers 500 for anything that is not an HttpException.
      const refused = await send('get', `${reading}/notes/${id}`, headers);
      expect(refused.status).toBe(500);
      expect(refused.headers[CONSISTENCY_HEADER]).toBeUndefined();
      const ignored = await send('get', `${lenient}/notes/${id}`, headers);
      expect(n(ignored)).toBe(0);
      // A caller without access is told so, even with an invalid token.
      await send('get', `${reading}/notes/${id}`, { ...headers, 'x-known': '0' }).expect(403);
    });

    it('accepts from every subject a token that was given before it was known who asks', async () => {
      const { id, response } = await write('refusing-guard', 'bob');
      const headers = { 'x-subject': 'bob', [CONSISTENCY_HEADER]: tokenOf(response) };
      expect(n(await send('get', `${reading}/notes/${id}`, headers))).toBe(1);
    });
  },
);
