import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readOptions, whole } from '../../command-line';

const DEFAULT_SEEDS = 60;

/** `npm run lab -- simulate --coverage [--seeds N]`. Resolves to the exit code. */
export async function coverageCommand(argv: readonly string[]): Promise<number> {
  const options = readOptions(
    argv,
    { coverage: { type: 'boolean' }, seeds: { type: 'string', default: String(DEFAULT_SEEDS) } },
    '--coverage [--seeds N]',
  );
  const seeds = whole('--seeds', options.seeds, 1, 100_000);
  // A process of its own: V8 counts only what is loaded after it has begun to count.
  const child = spawn(process.execPath, [join(__dirname, 'child.js'), String(seeds)], { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 3)));
}
