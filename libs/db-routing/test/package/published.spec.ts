import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pack, ROOT } from './packed';

const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestIn = async (folder: string) =>
  JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;

describe('what is published', () => {
  let folder: string;
  let tarball: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'published-'));
    tarball = await pack(folder);
  }, 120_000);

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('is what publint and "Are the types wrong?" have nothing against', async () => {
    const { stdout } = await run(process.execPath, [join(__dirname, 'judge.mjs'), tarball], {
      timeout: 60_000,
    });
    expect(JSON.parse(stdout)).toEqual({ problems: [], messages: [] });
  }, 90_000);

  it('is the build, and what people read: no sources, no tests', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball]);
    const files = stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    expect(files.filter((path) => !path.startsWith('dist/')).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(files.filter((path) => !/\.(d\.ts|js|js\.map|md|json)$|^LICENSE$/.test(path))).toEqual([]);
    expect(files.filter((path) => /\.spec\.|(^|\/)test\//.test(path))).toEqual([]);
  });

  it('names in its changelog the version that it has', async () => {
    const { version } = await manifestIn('libs/db-routing');
    expect(await readFile(join(ROOT, 'libs/db-routing/CHANGELOG.md'), 'utf8')).toContain(`\n## [${version}]`);
  });

  it('pins its dependencies, to the version that the repository has where both have one', async () => {
    const [own, repository] = [await manifestIn('libs/db-routing'), await manifestIn('.')];
    expect(own.engines).toEqual(repository.engines);
    const others = { ...repository.dependencies, ...repository.devDependencies };
    for (const [name, version] of Object.entries(own.dependencies)) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
      expect([name, others[name] ?? version]).toEqual([name, version]);
    }
    expect(repository.dependencies[own.name]).toBe(own.version);
  });
});
