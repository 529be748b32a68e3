import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { whole } from '../../consistency/arguments';
import { UsageError } from '../../faults/arguments';

const DEFAULT_SEEDS = 60;

/** `npm run lab -- simulate --coverage [--seeds N]`. Resolves to the exit code. */
export async function coverageCommand(argv: readonly string[]): Promise<number> {
  const seeds = whole('--seeds', seedsOf(argv), 1, 100_000);
  // A process of its own: V8 counts only what is loaded after it has begun to count.
  const child = spawn(process.execPath, [join(__dirname, 'child.js'), String(seeds)], { stdio: 'inherit' });
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 3)));
}

function seedsOf(argv: readonly string[]): string {
  try {
    const options = {
      coverage: { type: 'boolean' },
      seeds: { type: 'string', default: String(DEFAULT_SEEDS) },
    } as const;
    return parseArgs({ args: [...argv], options }).values.seeds;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\nOptions: --coverage [--seeds N]`);
  }
}
