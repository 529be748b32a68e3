import { BranchCoverage, type FileBranches } from './branches';
import { leftOut, REACHED_ELSEWHERE } from './reached-elsewhere';
import { StateMatrix } from './state-matrix';

const ROOMS = ['execution', 'routing', 'cluster', 'consistency', 'transaction'];
const MIN_BRANCHES = 0.95;
const MIN_SEEDS = 10;
const SEEDS_OF_STORY = 3;
/** A short run of a large cluster. */
const LARGE = { seed: 1, nodes: 30, sessions: 90, minutes: 4 };
/** How many files are listed. */
const MOST_FILES = 15;

/**
 * Runs seeds until every cell is filled, then seeds with faults for each cell that is still empty, and the
 * stories of the mutants.
 * Arguments: the last seed; a part of the names of the files whose missed branches are listed. Resolves to
 * the exit code.
 */
async function main([last, where]: readonly string[]): Promise<number> {
  const coverage = new BranchCoverage();
  const matrix = new StateMatrix([]);
  const { seeds, aimed } = await fill(matrix, Number(last));
  say(`faults, and where statements were when they began (${seeds} seeds, and ${aimed} for what they left):`);
  for (const row of matrix.rows()) say(row);
  const { filled, all } = matrix.pairCells;
  say(`pairs of faults at once: ${filled} of ${all} cells filled`);
  const left = [...matrix.left()];
  for (const line of left) say(`EMPTY: ${line}`);
  const share = sayBranches(coverage.take(ROOMS), where);
  return left.length === 0 && share >= MIN_BRANCHES ? 0 : 1;
}

async function fill(matrix: StateMatrix, last: number): Promise<{ seeds: number; aimed: number }> {
  // Not before V8 counts.
  const { runSeed } = await import('../runner/run-seed.js');
  const { aimedSeeds } = await import('./aimed-seeds.js');
  let seeds = 0;
  while (seeds < last && (seeds < MIN_SEEDS || [...matrix.left()].length > 0)) {
    seeds += 1;
    matrix.add((await runSeed(seeds)).counts);
  }
  let aimed = 0;
  for (const gap of matrix.gaps()) {
    for (const { seed, faults } of aimedSeeds(gap)) {
      if (!gap.isLeft()) break;
      aimed += 1;
      matrix.add((await runSeed(seed, { faults })).counts);
    }
  }
  // Some code runs only after several faults in a certain order.
  const { faultsFor } = await import('../mutants/faults-for.js');
  for (const story of Object.values(await import('../mutants/stories.js'))) {
    if (typeof story !== 'function') continue;
    for (let seed = 1; seed <= SEEDS_OF_STORY; seed++) {
      const faults = faultsFor(seed, story);
      matrix.add((await runSeed(seed, faults && { faults })).counts);
    }
  }
  // More replicas than are looked at one by one.
  const { runScale } = await import('../scale/run-scale.js');
  await runScale(LARGE, () => undefined);
  return { seeds, aimed };
}

function sayBranches(files: readonly FileBranches[], where: string | undefined): number {
  say('\nbranches of the rooms above the port:');
  for (const room of ROOMS) {
    const { all, missed } = sum(files.filter(({ file }) => file.startsWith(`${room}/`) && !leftOut(file)));
    say(`  ${room.padEnd(12)} ${all - missed} of ${all}, ${percent(all, missed)}`);
  }
  const counted = files.filter(({ file }) => !leftOut(file));
  sayWorst(counted);
  if (where === undefined) say('to see where they are: --where, or --where PART-OF-A-FILE-NAME');
  else for (const line of missedIn(counted, where)) say(line);
  say('left out:');
  for (const { path, because } of REACHED_ELSEWHERE) say(`  ${path}: ${because}`);
  const { all, missed } = sum(counted);
  say(`all rooms: ${all - missed} of ${all} branches, ${percent(all, missed)}, required ${MIN_BRANCHES * 100} %`);
  return (all - missed) / all;
}

function sayWorst(files: readonly FileBranches[]): void {
  const worst = files
    .filter(({ missed }) => missed.length > 0)
    .sort((one, other) => other.missed.length - one.missed.length)
    .slice(0, MOST_FILES);
  if (worst.length > 0) say('the files with the most branches that were not run:');
  for (const { file, all, missed } of worst) say(`  ${String(missed.length).padStart(3)} of ${all} in ${file}`);
}

/** One line for each branch that was not run. */
function* missedIn(files: readonly FileBranches[], where: string): Generator<string> {
  for (const { file, missed } of files) {
    if (!file.includes(where)) continue;
    for (const { line, column, text } of missed) yield `    ${file}:${line}:${column} ${text}`;
  }
}

function sum(files: readonly FileBranches[]): { all: number; missed: number } {
  return files.reduce(
    (total, { all, missed }) => ({ all: total.all + all, missed: total.missed + missed.length }),
    { all: 0, missed: 0 },
  );
}

function percent(all: number, missed: number): string {
  return `${((100 * (all - missed)) / Math.max(1, all)).toFixed(1)} %`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? '') : String(error)}\n`);
    process.exit(3);
  },
);
