import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@app/postgres-cluster';
import { type SourceFilesWatch, watchSourceFiles } from './source-files';
import { watchSources } from './watch';

/** A second save must be seen as well as the first: some watchers lose a file that was replaced. */
const SAVES = 3;

describe('start:dev', () => {
  let root: string;
  let file: string;
  let watching: SourceFilesWatch | undefined;
  let builds: number;

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@localhost', ...args], { cwd: root });
  const write = (path: string, text: string) => writeFileSync(path, `export const text = '${text}';\n`);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'watch-'));
    for (const folder of ['apps/a-service/src', 'apps/a-service/test', 'libs/b/dist'])
      mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, 'package.json'), JSON.stringify({ scripts: { build: 'true' } }));
    file = join(root, 'apps/a-service/src/main.ts');
    write(file, 'first');
    builds = 0;
    watching = await watchSources(root, {
      say: () => undefined,
      onBuilt: async () => {
        builds += 1;
      },
    });
  });
  afterEach(async () => {
    await watching?.close();
    rmSync(root, { recursive: true, force: true });
  });

  async function expectBuild(after: () => void): Promise<void> {
    const before = builds;
    after();
    await until('a build', () => builds > before, { timeoutMs: 10_000 });
  }

  it.each<[string, (text: string) => void]>([
    ['a write in place', (text) => write(file, text)],
    [
      'a rename over it, as most editors do',
      (text) => {
        write(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      },
    ],
    [
      'a rename to a backup and a new file, as vim does',
      (text) => {
        renameSync(file, `${file}~`);
        write(file, text);
        rmSync(`${file}~`);
      },
    ],
    [
      'a removal and a new file',
      (text) => {
        rmSync(file);
        write(file, text);
      },
    ],
    ['sed -i', (text) => execFileSync('sed', ['-i.old', `s/'.*'/'${text}'/`, file])],
  ])('rebuilds after every save by %s', async (_, save) => {
    for (let n = 0; n < SAVES; n++) await expectBuild(() => save(`save ${n}`));
  });

  it('rebuilds after every checkout by git', async () => {
    git('init', '--quiet', '--initial-branch=main');
    git('add', '.');
    git('commit', '--quiet', '--message=first');
    git('checkout', '--quiet', '-b', 'other');
    await expectBuild(() => write(file, 'other'));
    git('commit', '--quiet', '--all', '--message=other');
    for (let n = 0; n < SAVES; n++) {
      await expectBuild(() => git('checkout', '--quiet', n % 2 === 0 ? 'main' : 'other'));
    }
  });

  it('rebuilds after a file is added in a new folder, changed, and removed', async () => {
    const folder = join(root, 'apps/a-service/src/orders');
    const added = join(folder, 'order.ts');
    await expectBuild(() => {
      mkdirSync(folder);
      write(added, 'added');
    });
    await expectBuild(() => write(added, 'changed'));
    await expectBuild(() => rmSync(added));
  });

  it('ignores tests, build output and other files', async () => {
    const changed: string[] = [];
    const files = await watchSourceFiles(
      root,
      (path) => changed.push(path),
      () => undefined,
    );
    write(join(root, 'apps/a-service/src/main.spec.ts'), 'a spec');
    write(join(root, 'apps/a-service/test/support.ts'), 'a test');
    write(join(root, 'libs/b/dist/index.d.ts'), 'build output');
    writeFileSync(join(root, 'apps/a-service/src/notes.txt'), 'notes');
    // The watcher reports this one after any of those above.
    write(file, 'changed');
    await until('the change to be seen', () => changed.includes('apps/a-service/src/main.ts'));
    await files.close();
    expect(new Set(changed)).toEqual(new Set(['apps/a-service/src/main.ts']));
  });
});
