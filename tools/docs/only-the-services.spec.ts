import { execFile } from 'node:child_process';
import { cp, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../..');
const NOT_COPIED = ['.git', '.cluster', 'dist', 'node_modules'];

describe('docs/only-the-services.md', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'only-the-services-'));
    await cp(ROOT, folder, {
      recursive: true,
      filter: (path) =>
        !relative(ROOT, path)
          .split('/')
          .some((name) => NOT_COPIED.includes(name)),
    });
    await linkPackages(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('leaves what still checks, builds and tests', async () => {
    const page = await readFile(join(ROOT, 'docs/only-the-services.md'), 'utf8');
    const [, commands = ''] = /^```sh\n(.*?)^```$/ms.exec(page) ?? [];
    await run('sh', ['-euc', commands], { cwd: folder });

    expect(await readdir(folder)).not.toContain('lab');
    const scripts = await run('npm', ['pkg', 'get', 'scripts'], { cwd: folder });
    expect(scripts.stdout).not.toContain('lab');
    expect(await readFile(join(folder, '.ci/run'), 'utf8')).toMatch(/^step npm test$/m);
    // The error's message contains what a failed command wrote to stderr.
    await run('sh', ['-c', 'npm run check -- types format layers unused >&2'], { cwd: folder });
    await run('npm', ['run', 'build'], { cwd: folder });
    const specs = await run('npx', ['jest', '--listTests'], { cwd: folder });
    expect(specs.stdout).toContain('apps/order-service/test/placing-orders.spec.ts');
  }, 240_000);
});

/** Links each package; a package of this repository is linked within the copy, as npm does. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const name of await readdir(from)) {
    const [source, target] = [join(from, name), join(to, name)];
    if (name.startsWith('@')) await linkPackages(source, target);
    else await symlink((await lstat(source)).isSymbolicLink() ? await readlink(source) : source, target);
  }
}
