import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Finding } from '../world/oracle';
import type { SeedLine } from './seed-line';

export interface SeedsResult {
  readonly lines: readonly SeedLine[];
  /** What the last seed found; empty when no seed has found anything. */
  readonly found: readonly Finding[];
  readonly lastSeed: number;
}

/** A run that takes longer does not end by itself. */
const MAX_SEED_MS = 120_000;

/** Runs seeds in a process of its own until a check fails. A process that dies or hangs has failed, too. */
export async function runSeeds(
  first: number,
  last: number,
  mutant: string,
  how: 'mutated' | 'unchanged' | 'regression',
): Promise<SeedsResult> {
  const args = [join(__dirname, 'child.js'), String(first), String(last), mutant, how];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: SeedLine[] = [];
  let text = '';
  let errors = '';
  const kill = () => child.kill('SIGKILL');
  let timer = setTimeout(kill, MAX_SEED_MS);
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    const parts = text.split('\n');
    text = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as SeedLine);
    clearTimeout(timer);
    timer = setTimeout(kill, MAX_SEED_MS);
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once('close', (...how: [number | null, string | null]) => resolve(how)),
  );
  clearTimeout(timer);
  // Neither says anything about the checks.
  if (/^(RangeError: mutant|SyntaxError)/m.test(errors)) throw new Error(errors);
  const lastLine = lines.at(-1);
  if (code === 0) return { lines, found: lastLine?.violations ?? [], lastSeed: lastLine?.seed ?? first };
  const what = signal === null ? errors.trim() : `one seed took longer than ${MAX_SEED_MS} ms`;
  return { lines, found: [{ rule: 'process-lives', what }], lastSeed: lastLine ? lastLine.seed + 1 : first };
}
