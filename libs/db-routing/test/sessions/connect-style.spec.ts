import type { PostgresCluster } from '@app/postgres-cluster';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONSISTENCY_HEADER, ConsistencyTokens, type RoutedPool, Session } from '../../src';
import { ROUTE_HEADER } from '../../src/nest';
import { installScopeMiddleware } from '../../src/nest/scope-middleware';
import { RequestScopes } from '../../src/nest/request-scopes';
import { DEFAULT_COOKIE } from '../../src/nest/token-cookie';
import { startPool } from '../support';
import { KEYS } from './before-guards.app';
import { startCluster } from '../test-cluster';

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/** The ways in which applications on Express, Connect or plain Node answer. */
const ANSWERS: Record<string, (response: ServerResponse) => void> = {
  'end()': (response) => response.end('done'),
  'write()': (response) => {
    response.write('do');
    response.end('ne');
  },
  'writeHead() with headers': (response) =>
    response.writeHead(200, { 'x-other': '1', 'content-type': 'text/plain' }).end('done'),
  'flushHeaders()': (response) => {
    response.flushHeaders();
    response.end('done');
  },
};

describe('requests that come by middleware alone, as on Express', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let server: Server;
  let url: string;
  let sessions: (Session | undefined)[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 1 });
    pool = await startPool(cluster, { consistencyTokens: { keys: KEYS } });
    await pool.query('CREATE TABLE note (id serial PRIMARY KEY)');
    const chain: Middleware[] = [];
    const scopes = new RequestScopes({
      pool,
      onInvalidToken: 'refuse',
      cookie: DEFAULT_COOKIE,
      exposeRoute: true,
      requestBudgetMs: 10_000,
    });
    const adapter = {
      getType: () => 'express',
      getInstance: () => undefined as never,
      use: (middleware: Middleware) => chain.push(middleware),
      isHeadersSent: (response: ServerResponse) => response.headersSent,
      setHeader: (response: ServerResponse, name: string, value: string) => response.setHeader(name, value),
      appendHeader: (response: ServerResponse, name: string, value: string) =>
        response.appendHeader(name, value),
    };
    installScopeMiddleware(adapter, scopes);
    chain.push((request, response) => {
      sessions.push(Session.current());
      const answer = ANSWERS[request.headers['x-answer']?.toString() ?? ''];
      void pool.query('INSERT INTO note DEFAULT VALUES').then(() => {
        sessions.push(Session.current());
        response.setHeader('set-cookie', 'own=1');
        answer?.(response);
      });
    });
    server = createServer((request, response) => {
      const run = (at: number): void => chain[at]?.(request, response, () => run(at + 1));
      run(0);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await pool.end();
    await cluster.stop();
  });

  it.each(Object.keys(ANSWERS))(
    'have a session of their own, which an answer by %s tells of',
    async (how) => {
      sessions = [];
      const response = await fetch(url, { headers: { 'x-answer': how } });
      expect(await response.text()).toBe('done');
      const [before, after] = sessions;
      expect(before).toBeDefined();
      expect(after).toBe(before);
      const token = response.headers.get(CONSISTENCY_HEADER) ?? '';
      const verdict = new ConsistencyTokens({ keys: KEYS }).verify(token, undefined, undefined);
      expect(verdict).toEqual({ position: before?.position });
      expect(response.headers.get(ROUTE_HEADER)).toMatch(/^node=[^;]+;role=primary/);
      expect(response.headers.getSetCookie()).toHaveLength(2);
      if (how.startsWith('writeHead')) expect(response.headers.get('x-other')).toBe('1');
    },
  );
});
