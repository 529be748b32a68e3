import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The result of running one schedule. */
type Finding = 'kept' | 'violated' | 'could not be run';

/** Maps a run's exit code to its result. */
const FINDINGS: Readonly<Record<number, Finding>> = { 0: 'kept', 1: 'violated' };
const SHOWN_LINES = /violation|VIOLATION|^ {2}[a-z-]+: /;

/**
 * Runs each mutant with its schedule, and the same schedule without it. A mutant is caught when the checker
 * finds violations with it and none without. Resolves to the exit code.
 */
export async function runMutants(names: readonly string[], say: (line: string) => void): Promise<number> {
  let missed = 0;
  for (const name of names) {
    const without = await runApart(name, undefined, say);
    const withIt = await runApart(name, name, say);
    const isCaught = without === 'kept' && withIt === 'violated';
    if (!isCaught) missed += 1;
    say(`${isCaught ? 'caught    ' : 'NOT caught'} ${name} (with it: ${withIt}; without it: ${without})`);
  }
  say(`${names.length - missed} of ${names.length} mutants caught`);
  return missed === 0 ? 0 : 1;
}

/** Runs in a separate process, so that the mutant is loaded first, there and in the services. */
async function runApart(
  scenario: string,
  mutant: string | undefined,
  say: (line: string) => void,
): Promise<Finding> {
  say(`[${scenario}] ${mutant === undefined ? 'unchanged' : 'with the mutant'}`);
  const file = mutant === undefined ? undefined : join(__dirname, 'mutants', `${mutant}.js`);
  if (file !== undefined && !existsSync(file)) throw new TypeError(`There is no mutant ${file}.`);
  const child = spawn(process.execPath, [join(__dirname, 'main.js'), '--scenario', scenario], {
    // The services inherit it.
    env: { ...process.env, ...(file !== undefined && { NODE_OPTIONS: `--require ${JSON.stringify(file)}` }) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const exitCode = await new Promise<number | null>((resolve) => child.once('close', resolve));
  for (const line of text.split('\n').filter((each) => SHOWN_LINES.test(each))) say(`    ${line}`);
  return FINDINGS[exitCode ?? -1] ?? 'could not be run';
}
