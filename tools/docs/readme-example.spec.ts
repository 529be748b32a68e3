import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { PostgresCluster, until } from '@app/postgres-cluster';
import { shopDatabase } from '@app/shop-database';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../..');
const PORT = '3917';

interface Packages {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** The blocks of the README's section, in order, each with its language. */
async function blocks(): Promise<{ language: string; text: string }[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const section = readme.split('\n## ').find((part) => part.startsWith('In your own application')) ?? '';
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
}

describe('the example of the README, in an empty folder', () => {
  let folder: string;
  let cluster: PostgresCluster;
  let app: ChildProcess | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'readme-'));
    cluster = await PostgresCluster.start({ database: shopDatabase, replicas: 2 });
  });

  afterAll(async () => {
    app?.kill('SIGKILL');
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('installs the versions that are tested here', async () => {
    const [install] = await blocks();
    const packages = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Packages;
    const tested = { ...packages.dependencies, ...packages.devDependencies };
    const named = [...(install?.text ?? '').matchAll(/ (@?[a-z/-]+)@([\d.]+)/g)];
    expect(named.length).toBeGreaterThan(10);
    for (const [, name = '', version] of named) expect([name, version]).toEqual([name, tested[name]]);
  });

  it('writes to the primary and reads from a replica, and says so', async () => {
    const found = await blocks();
    const textOf = (language: string) => found.find((block) => block.language === language)?.text ?? '';
    await cp(join(ROOT, 'libs/db-routing/src'), join(folder, 'db-routing'), { recursive: true });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{}');
    await writeFile(join(folder, 'tsconfig.json'), textOf('json'));
    await writeFile(join(folder, 'app.ts'), textOf('ts'));
    await run(join(ROOT, 'node_modules/.bin/tsc'), [], { cwd: folder });
    app = spawn(process.execPath, ['dist/app.js'], {
      cwd: folder,
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
    expect(read.body).toMatchObject([{ text: 'hello' }]);
    await until(
      'a replica to serve',
      async () => (await ask('GET')).route?.includes('role=replica') === true,
    );
  });
});
