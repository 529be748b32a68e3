import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PostgresCluster, until } from '@app/postgres-cluster';
import { install, pack, ROOT, tested } from '../../libs/db-routing/test/package/packed';
import { shopDatabase } from '@app/shop-database';

const run = promisify(execFile);
const PORT = '3917';

/** The code blocks of the README's section, in order, each with its language. */
async function blocks(): Promise<{ language: string; text: string }[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const section = readme.split('\n## ').find((part) => part.startsWith('In your own application')) ?? '';
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

/** The packages that the README installs, each as `name@version`. */
async function packagesNamed(): Promise<string[]> {
  const [commands] = await blocks();
  return [...(commands?.text ?? '').matchAll(/ (@?[a-z/-]+@[\d.]+)/g)].map(([, each = '']) => each);
}

describe('the example of the README, in an empty folder', () => {
  let folder: string;
  let cluster: PostgresCluster;
  let app: ChildProcess | undefined;
  const application = () => join(folder, 'application');

  /** The compiler that the README installs. */
  const compile = async (...args: string[]) => {
    const tsc = join(application(), 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, ...args], { cwd: application(), timeout: 120_000 });
    return stdout;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readme-'));
    cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 2 });
    await install(application(), await pack(folder), await packagesNamed());
    const found = await blocks();
    const textOf = (language: string) => found.find((block) => block.language === language)?.text ?? '';
    await writeFile(join(application(), 'tsconfig.json'), textOf('json'));
    await writeFile(join(application(), 'app.ts'), textOf('ts'));
  }, 240_000);

  afterEach(async () => {
    if (app?.exitCode !== null || app.signalCode !== null) return;
    const ended = once(app, 'exit');
    app.kill('SIGKILL');
    await ended;
  });

  afterAll(async () => {
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('installs the versions tested here', async () => {
    const named = await packagesNamed();
    expect(named.length).toBeGreaterThan(8);
    expect(named).toEqual(named.map((each) => tested(each.replace(/(?<=.)@.*/, ''))));
  });

  it('has types that a bundler can also resolve', async () => {
    expect(await compile('--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler')).toBe('');
  }, 150_000);

  it.each(['commonjs', 'module'])(
    'runs as %s: writes to the primary, reads from a replica, and reports it',
    async (type) => {
      const manifest = join(application(), 'package.json');
      const settings = JSON.parse(await readFile(manifest, 'utf8')) as object;
      await writeFile(manifest, JSON.stringify({ ...settings, type }));
      expect(await compile('--outDir', type)).toBe('');
      app = spawn(process.execPath, [`${type}/app.js`], {
        cwd: application(),
        stdio: 'ignore',
        env: {
          ...process.env,
          PORT,
          DATABASE_URL: cluster.url('migrator'),
          MONITOR_PASSWORD: cluster.credentials('monitor').password,
        },
      });
      const ask = async (method: string) => {
        const response = await fetch(`http://127.0.0.1:${PORT}/notes`, { method });
        return { body: await response.json(), route: response.headers.get('x-db-route') };
      };
      await until(
        'the application to answer',
        () =>
          ask('GET').then(
            () => true,
            () => false,
          ),
        { timeoutMs: 30_000 },
      );
      expect(await ask('POST')).toMatchObject({
        body: { text: 'hello' },
        route: expect.stringContaining('role=primary') as string,
      });
      const read = await ask('GET');
      expect(read.body).toContainEqual(expect.objectContaining({ text: 'hello' }));
      await until(
        'a replica to serve',
        async () => (await ask('GET')).route?.includes('role=replica') === true,
      );
    },
    150_000,
  );
});
