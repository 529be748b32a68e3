import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { scratchCopy } from './scratch-copy';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../..');

describe('docs/only-the-services.md', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await scratchCopy(ROOT, 'only-the-services');
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
