import { request } from 'node:http';
import { z } from 'zod';
import { type Action, ConsoleServer } from './console-server';

const PATHS = ['/faults', '/walk', '/events'];

describe("the console's server", () => {
  let server: ConsoleServer;
  let port: number;
  let token: string;
  const applied: unknown[] = [];

  beforeAll(async () => {
    const body = z.strictObject({ fault: z.string() });
    const run = async (given: z.infer<typeof body>): Promise<void> => void applied.push(given);
    const action = { body, run } as unknown as Action<never>;
    server = new ConsoleServer({
      actions: new Map([
        ['/faults', action],
        ['/walk', action],
      ]),
      subscribe: (response) => {
        response.end('event: state\ndata: {}\n\n');
        return true;
      },
    });
    port = await server.listen({ host: '127.0.0.1', port: 0 });
    const page = await ask('/', { method: 'GET', headers: {} });
    [, token = ''] = /name="console-token" content="([\w-]+)"/.exec(page.text) ?? [];
  });
  beforeEach(() => applied.splice(0));
  afterAll(() => server.close());

  interface Asked {
    readonly method?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  }

  /** Not fetch(), which sends its own Host header. */
  const ask = (path: string, { method = 'POST', headers = {}, body }: Asked) =>
    new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
      });
      sent.once('error', reject).end(body);
    });
  const fault = (headers: Record<string, string>) =>
    ask('/faults', {
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"fault":"kill"}',
    });
  const own = () => ({ 'x-console-token': token });

  it('applies a fault for its own page, by either name of this machine', async () => {
    const origin = `http://127.0.0.1:${port}`;
    expect((await fault({ ...own(), origin, 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const byName = { ...own(), host: `localhost:${port}`, origin: `http://localhost:${port}` };
    expect((await fault(byName)).status).toBe(200);
    expect(applied).toEqual([{ fault: 'kill' }, { fault: 'kill' }]);
  });

  it.each(['attacker.example', 'attacker.example:3000', '127.0.0.1.attacker.example', '192.0.2.1'])(
    'refuses everything that is asked of host "%s", as after DNS rebinding',
    async (host) => {
      expect([400, 403]).toContain((await fault({ ...own(), host })).status);
      const page = await ask('/', { method: 'GET', headers: { host } });
      expect([400, 403]).toContain(page.status);
      expect(page.text).not.toContain(token);
      expect(applied).toEqual([]);
    },
  );

  it.each([
    { origin: 'http://attacker.example' },
    { origin: 'http://127.0.0.1:8080' },
    { origin: 'https://127.0.0.1' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Record<string, string>[])('refuses what another site sends from the browser: %j', async (headers) => {
    const { status, text } = await fault({ ...own(), ...headers });
    expect([status, applied]).toEqual([403, []]);
    expect(text).toContain('Refused');
  });

  it.each(PATHS)('refuses %s without the token of this start', async (path) => {
    const method = path === '/events' ? 'GET' : 'POST';
    const headers = { 'content-type': 'application/json' };
    for (const given of [{}, { 'x-console-token': 'A'.repeat(token.length) }, { 'x-console-token': '' }]) {
      const { status } = await ask(path, {
        method,
        headers: { ...headers, ...(given as object) },
        body: '{}',
      });
      expect(status).toBe(403);
    }
    expect(applied).toEqual([]);
  });

  it('refuses a form, which a browser sends to other sites without asking', async () => {
    const headers = { ...own(), 'content-type': 'text/plain' };
    expect((await ask('/faults', { headers, body: '{"fault":"kill"}' })).status).toBe(415);
    expect(applied).toEqual([]);
  });

  it('says what is wrong with a body', async () => {
    const headers = { ...own(), 'content-type': 'application/json' };
    const { status, text } = await ask('/faults', { headers, body: '{"node":1}' });
    expect([status, JSON.parse(text)]).toEqual([400, { message: expect.stringContaining('fault') }]);
  });

  it('streams to a page that has the token, which EventSource can only put into the address', async () => {
    const { status, headers } = await ask(`/events?token=${token}`, { method: 'GET' });
    expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  it('gives the page a strict policy: nothing from elsewhere, nothing inline but the import map', async () => {
    const { headers } = await ask('/', { method: 'GET' });
    const policy = String(headers['content-security-policy']);
    expect(policy).toMatch(/^default-src 'none'; script-src 'self' 'sha256-[\w+/]+='; style-src 'self';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
  });

  it('serves the page, and of node_modules only the files that it names', async () => {
    for (const path of ['/packages/preact/dist/preact.mjs', '/packages/uplot/dist/uPlot.min.css']) {
      expect((await ask(path, { method: 'GET' })).status).toBe(200);
    }
    for (const path of [
      '/packages/preact/package.json',
      '/page/../http/guard.ts',
      '/page/%2e%2e/console.ts',
    ]) {
      expect([400, 403, 404]).toContain((await ask(path, { method: 'GET' })).status);
    }
  });
});
