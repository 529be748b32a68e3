import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mintDevelopmentToken } from '@app/service-kit';
import { AppModule as HistoryModule } from '../../apps/history-service/src/app.module';
import { historyService } from '../../apps/history-service/src/service';
import { OrderShop } from '../../apps/order-service/test/order-shop';
import { environmentFor, RunningService } from '../../libs/service-kit/test/running-service';

const MODULES = join(__dirname, '../../node_modules');
const PROGRAM = 'place-and-read';
const run = promisify(execFile);

describe('a client generated from the OpenAPI documents', () => {
  let shop: OrderShop;
  let history: RunningService;
  let directory: string;

  beforeAll(async () => {
    // Replicas that lag for the whole test are used all the same, unless a session asks for more.
    const environment = { DATABASE_MAX_STALENESS_MS: '60000' };
    shop = await OrderShop.open({ environment });
    history = await RunningService.start(HistoryModule, historyService, {
      ...environmentFor(shop.cluster, 'history_service'),
      ...environment,
      ORDER_SERVICE_URL: shop.service.url,
    });
    directory = await mkdtemp(join(tmpdir(), 'generated-client-'));
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
    await history.stop();
    await shop.close();
  });

  const node = (...parameters: string[]) => run(process.execPath, parameters, { cwd: directory });

  async function generate(name: string, url: string): Promise<void> {
    const response = await fetch(`${url}/docs/openapi.json`);
    await writeFile(join(directory, `${name}.json`), await response.text());
    const generator = join(MODULES, 'openapi-typescript', 'bin', 'cli.js');
    await node(generator, `${name}.json`, '--output', `${name}.d.ts`);
  }

  /** Compiles the program against the generated types. Rejects with the compiler's messages. */
  async function compile(): Promise<void> {
    await symlink(MODULES, join(directory, 'node_modules'));
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    await copyFile(join(__dirname, 'client', `${PROGRAM}.mts`), join(directory, `${PROGRAM}.mts`));
    const options = ['--strict', '--module', 'node20', '--target', 'es2023', '--types', 'node'];
    const compiler = join(MODULES, 'typescript', 'bin', 'tsc');
    await node(compiler, ...options, '--skipLibCheck', `${PROGRAM}.mts`).catch((error: unknown) => {
      throw new Error((error as { stdout: string }).stdout, { cause: error });
    });
  }

  it('places an order and reads it in its session, from both services, although no replica has it', async () => {
    await generate('order-service', shop.service.url);
    await generate('history-service', history.url);
    await compile();
    await shop.cluster.waitForReplication();
    await Promise.all(shop.cluster.replicas.map((replica) => replica.pauseReplay()));
    const token = await mintDevelopmentToken('a-new-customer', {});
    const { stdout } = await node(`${PROGRAM}.mjs`, shop.service.url, history.url, token);
    await Promise.all(shop.cluster.replicas.map((replica) => replica.resumeReplay()));
    const { id, ...rest } = JSON.parse(stdout) as { id: string };
    const onThePrimary = expect.stringContaining('role=primary;');
    expect(rest).toEqual({
      location: `/orders/${id}`,
      read: { id, route: onThePrimary },
      listed: { id, route: onThePrimary },
      refused: 'items.0.quantity',
    });
  });
});
