import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readOptions, whole } from '../../command-line';

const DEFAULT_SEEDS = 60;

const OPTIONS = '--coverage [--seeds N] [--where [PART-OF-A-FILE-NAME]]';

/** `npm run lab -- simulate --coverage`. Resolves to the exit code. */
export async function coverageCommand(argv: readonly string[]): Promise<number> {
  // Without a value, it means every file.
  const given = argv.flatMap((each, index) =>
    each === '--where' && !/^[^-]/.test(argv[index + 1] ?? '') ? ['--where='] : [each],
  );
  const options = readOptions(
    given,
    {
      coverage: { type: 'boolean' },
      seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
      where: { type: 'string' },
    },
    OPTIONS,
  );
  const where = options.where === undefined ? [] : [options.where];
  const seeds = whole('--seeds', options.seeds, 1, 100_000);
  // A process of its own: V8 counts only what is loaded after it has begun to count.
  const child = spawn(process.execPath, [join(__dirname, 'child.js'), String(seeds), ...where], { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 3)));
}
