import { join } from 'node:path';
import request from 'supertest';
import { OrderProcesses, urlOf } from './order-processes';

const LOADED_MODULES = join(__dirname, '../../../libs/service-kit/test/support/loaded-modules.cjs');

/** What makes and shows the API's documentation, and what traces. */
const ON_DEMAND = [
  '@fastify/static',
  '@nestjs/swagger',
  '@opentelemetry/sdk-trace-node',
  'js-yaml',
  'swagger-ui-dist',
];
/** What neither a service nor its dependencies should bring into a running service. */
const NEVER = ['@nestjs/cli', '@nestjs/schedule', 'luxon', 'pino-pretty', 'typescript'];

/** The optimising compiler takes more for the SQL parser: 45 MB on Node.js 20, 580 MB on Node.js 24. */
const MAX_COMPILER_BYTES = 30 * 1_024 ** 2;

describe('what a service loads', () => {
  let processes: OrderProcesses;

  beforeAll(async () => {
    processes = await OrderProcesses.onOwnCluster();
  });
  afterAll(() => processes.stop());

  /** Runs a service, uses it, and returns what it had loaded when it ended. */
  const ranBy = async (use: (url: string) => Promise<void>) => {
    const process = processes.start({ NODE_OPTIONS: `--require ${LOADED_MODULES}`, DRAIN_DELAY_MS: '0' });
    await use(await urlOf(process));
    process.child.kill('SIGTERM');
    expect(await process.exit()).toBe(0);
    const { packages, compilerBytes } = process.log().find((line) => 'packages' in line)!;
    return { loaded: packages as string[], compilerBytes };
  };

  it('is not what only its documentation, or tracing, needs', async () => {
    const { loaded, compilerBytes } = await ranBy(async (url) => {
      await request(url).get('/health/ready').expect(200);
    });
    expect(loaded).toEqual(expect.arrayContaining(['@nestjs/core', 'fastify', 'typeorm', 'pg']));
    expect(loaded.filter((name) => [...ON_DEMAND, ...NEVER].includes(name))).toEqual([]);
    expect(compilerBytes).toBeLessThan(MAX_COMPILER_BYTES);
  });

  it('is also the documentation once it was asked for', async () => {
    const { loaded } = await ranBy(async (url) => {
      await request(url).get('/docs/openapi.json').expect(200);
    });
    expect(loaded).toEqual(expect.arrayContaining(['@nestjs/swagger', '@fastify/static']));
  });
});
