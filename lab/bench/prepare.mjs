// Installs what only the benchmarks need, and compiles them. Needs a built repository.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));

function step(command, args) {
  const { status } = spawnSync(command, args, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(here, 'node_modules'))) {
  process.stdout.write('installing the peers: npm ci --prefix lab/bench\n');
  step('npm', ['ci', '--no-audit', '--no-fund']);
}
step(process.execPath, [
  join(root, 'node_modules/@swc/cli/bin/swc.js'),
  'src',
  '-d',
  'dist',
  '--strip-leading-paths',
  '--quiet',
]);
