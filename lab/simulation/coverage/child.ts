import { BranchCoverage, type FileBranches } from './branches';
import { leftOut, REACHED_ELSEWHERE } from './reached-elsewhere';
import { StateMatrix } from './state-matrix';

const ROOMS = ['execution', 'routing', 'cluster', 'consistency', 'transaction'];
const MIN_BRANCHES = 0.95;
const MIN_SEEDS = 10;

/** Runs seeds until every cell is filled. Arguments: the last seed. Resolves to the exit code. */
async function main([last]: readonly string[]): Promise<number> {
  const coverage = new BranchCoverage();
  // Not before V8 counts.
  const { runSeed } = await import('../runner/run-seed.js');
  const matrix = new StateMatrix([]);
  let seed = 1;
  for (; seed <= Number(last); seed++) {
    matrix.add((await runSeed(seed)).counts);
    if (seed >= MIN_SEEDS && matrix.empty.length === 0 && matrix.pairsLeft.length === 0) break;
  }
  say(`faults, and where statements were when they began (${Math.min(seed, Number(last))} seeds):`);
  for (const row of matrix.rows()) say(row);
  const { filled, all } = matrix.pairCells;
  say(`pairs of faults at once: ${filled} of ${all} cells filled`);
  const left = [...matrix.empty, ...matrix.pairsLeft.map((pair) => `never at once: ${pair}`)];
  for (const line of left) say(`EMPTY: ${line}`);
  const share = sayBranches(coverage.take(ROOMS));
  return left.length === 0 && share >= MIN_BRANCHES ? 0 : 1;
}

function sayBranches(files: readonly FileBranches[]): number {
  say('\nbranches of the rooms above the port:');
  for (const room of ROOMS) {
    const { all, missed } = sum(files.filter(({ file }) => file.startsWith(`${room}/`) && !leftOut(file)));
    say(`  ${room.padEnd(12)} ${all - missed} of ${all}, ${percent(all, missed)}`);
  }
  const counted = files.filter(({ file }) => !leftOut(file));
  for (const { file, missed } of counted) for (const { line, text } of missed) say(`    ${file}:${line} ${text}`);
  say('left out:');
  for (const { path, because } of REACHED_ELSEWHERE) say(`  ${path}: ${because}`);
  const { all, missed } = sum(counted);
  say(`all rooms: ${all - missed} of ${all} branches, ${percent(all, missed)}, required ${MIN_BRANCHES * 100} %`);
  return (all - missed) / all;
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
