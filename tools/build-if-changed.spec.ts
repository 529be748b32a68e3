import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const BEFORE = new Date('2026-01-01T00:00:00Z');
const BUILD = new Date('2026-01-02T00:00:00Z');
const AFTER = new Date('2026-01-03T00:00:00Z');
const RESULTS = ['dist/.built', 'dist/tools/start.js', 'libs/db-routing/dist/index.js'];

describe('the build before npm start', () => {
  let root: string;

  const write = (path: string, time: Date, content = '') => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
    utimesSync(join(root, path), time, time);
  };
  const touchFolder = (path: string, time: Date) => utimesSync(join(root, path), time, time);
  const isBuiltAgain = () => {
    const script = join(__dirname, 'build-if-changed.mjs');
    const { status, stdout } = spawnSync(process.execPath, [script], { cwd: root, encoding: 'utf8' });
    expect(status).toBe(0);
    return stdout.includes('building');
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'build-if-changed-'));
    for (const path of RESULTS) write(path, BUILD);
    write('package.json', BEFORE, JSON.stringify({ scripts: { build: 'echo building' } }));
    write('apps/shop/main.ts', BEFORE);
    write('apps/shop/node_modules/some/index.js', AFTER);
    for (const folder of ['apps/shop', 'apps', 'libs/db-routing', 'libs']) touchFolder(folder, BEFORE);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is left out when nothing has changed since the last one', () => {
    expect(isBuiltAgain()).toBe(false);
  });

  it.each<[string, () => void]>([
    ['a source file is newer', () => write('apps/shop/main.ts', AFTER)],
    ['a source file was removed', () => touchFolder('apps/shop', AFTER)],
    ['a setting of the build is newer', () => write('tsconfig.json', AFTER)],
    ['a result is gone', () => rmSync(join(root, 'libs/db-routing/dist/index.js'))],
    ['there was no build', () => rmSync(join(root, 'dist'), { recursive: true })],
    ['a file changed while the last one began', () => write('apps/shop/main.ts', BUILD)],
  ])('is done when %s', (_, change) => {
    change();
    expect(isBuiltAgain()).toBe(true);
  });

  it('is marked with the time at which it began, by each of two builds at the same time', () => {
    const run = (script: string) =>
      spawnSync(process.execPath, [join(__dirname, script)], { cwd: root, encoding: 'utf8' });
    for (const step of ['can-build.mjs', 'can-build.mjs', 'mark-built.mjs', 'mark-built.mjs']) {
      expect(run(step)).toMatchObject({ status: 0, stderr: '' });
      if (step === 'can-build.mjs') touchFolder('dist/.building', AFTER);
    }
    expect(statSync(join(root, 'dist/.built')).mtime).toEqual(AFTER);
  });
});
