// Runs `npm run build` unless nothing that it reads has changed since the last one.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** `npm run build` makes it; its time is that of the build's beginning. */
const BUILT = 'dist/.built';
const RESULTS = [BUILT, 'dist/tools/start.js', 'libs/db-routing/dist/index.js'];
const SETTINGS = [
  '.swcrc',
  'nest-cli.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const FOLDERS = ['apps', 'lab', 'libs', 'tools'];
const NOT_READ = new Set(['dist', 'node_modules']);

/** Whether something below is newer. The time of a folder tells of files that were removed. */
function hasNewer(folder, thanMs) {
  if (!existsSync(folder)) return false;
  if (statSync(folder).mtimeMs >= thanMs) return true;
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return !NOT_READ.has(entry.name) && hasNewer(path, thanMs);
    return entry.isFile() && statSync(path).mtimeMs >= thanMs;
  });
}

function isBuilt() {
  if (!RESULTS.every((path) => existsSync(path))) return false;
  const builtMs = statSync(BUILT).mtimeMs;
  const isNewer = (path) => existsSync(path) && statSync(path).mtimeMs >= builtMs;
  return !SETTINGS.some(isNewer) && !FOLDERS.some((folder) => hasNewer(folder, builtMs));
}

if (!isBuilt()) {
  const { status } = spawnSync('npm', ['run', '-s', 'build'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
