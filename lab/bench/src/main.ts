import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { type BenchArguments, readArguments, UsageError } from './arguments';
import { judge } from './bars';
import { Bench, type Plan, type WorkGroup } from './bench';
import { Figures } from './figures';
import { isBusy, lookHowBusy, machineWith } from './machine';
import { writeFlameGraphs } from './profile/write-flame-graphs';
import { docsPage } from './report/docs-page';
import { htmlReport } from './report/html';
import type { Result } from './report/result';
import { textReport } from './report/text';
import { Schedule, type Step } from './schedule';
import { Stage } from './stage';
import { allWorks, workGroups } from './works';

const BENCH = join(__dirname, '..');
const REPORT_FILE = join(BENCH, 'report.html');
const DOCS_FILE = join(BENCH, '..', '..', 'docs', 'benchmarks.md');

/** A full run uses what the works leave of it for additional rounds. */
const LIMIT_MS = 42 * 60_000;
/** The step that starts what several works share. */
const START = 'start';

let stage: Stage | undefined;
let bench: Bench | undefined;
let isStopping = false;

async function main(): Promise<void> {
  const options = readArguments(
    process.argv.slice(2),
    allWorks.map(({ name }) => name),
  );
  if (options.list) {
    for (const { name, title } of allWorks) say(`${name.padEnd(18)} ${title}`);
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopOn(signal));
  const result = await measure(options);
  say(`\n${textReport(result)}`);
  await write(result, options);
}

async function measure({ only, plan, poolOptions }: BenchArguments): Promise<Result> {
  const startedAt = new Date();
  const startMs = performance.now();
  const busyPercent = await lookHowBusy();
  if (isBusy({ busyPercent })) {
    say(`other processes use ${Math.round(busyPercent)} % of this machine: trust the CPU-time ratios`);
  }
  stage = await Stage.start(say, poolOptions);
  const figures = new Figures();
  const schedule = new Schedule(stepsOf(only, plan), LIMIT_MS, say);
  schedule.announce();
  bench = new Bench(stage, figures, plan, schedule, say);
  for (const { wanted, startMs, run } of wantedOf(only)) {
    schedule.begin(startMs === undefined ? (wanted[0] ?? '') : START);
    await attempt(bench, wanted, run);
  }
  const machine = machineWith(stage.cluster.serverVersion, busyPercent);
  await stop();
  return {
    startedAt: startedAt.toISOString(),
    durationMs: performance.now() - startMs,
    machine,
    plan,
    works: allWorks,
    // A smoke run proves nothing about speed.
    verdicts: plan.isSmoke ? [] : judge(figures),
    notes: figures.notes,
    figures: figures.all,
  };
}

/** The groups that run, each with the names of its works that do. */
function wantedOf(only: BenchArguments['only']): (WorkGroup & { readonly wanted: readonly string[] })[] {
  return workGroups
    .map((group) => {
      const names = group.works.map(({ name }) => name);
      const chosen = names.filter((name) => only?.includes(name));
      return { ...group, wanted: only === undefined ? (group.isDefault ? names : []) : chosen };
    })
    .filter(({ wanted }) => wanted.length > 0);
}

function stepsOf(only: BenchArguments['only'], plan: Plan): Step[] {
  return wantedOf(only).flatMap(({ wanted, startMs, expectedMs, isExtensible = false }) => [
    ...(startMs ? [{ name: START, expectedMs: startMs(plan, wanted), isExtensible: false }] : []),
    ...wanted.map((name) => ({ name, expectedMs: expectedMs(plan, name), isExtensible })),
  ]);
}

/** A failed work affects neither earlier nor later measurements. */
async function attempt(at: Bench, wanted: readonly string[], run: WorkGroup['run']): Promise<void> {
  try {
    await run(at, wanted);
  } catch (error) {
    if (isStopping) throw error;
    process.exitCode = 1;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`  FAILED: ${text}`);
    at.figures.note(wanted.join(', '), `FAILED: ${text}`);
  }
  if (at.wrongAnswers > 0) process.exitCode = 1;
  await at.closeAll();
}

async function write(result: Result, { jsonFile, plan, writeDocs }: BenchArguments): Promise<void> {
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(result, null, 2)}\n`);
  writeFileSync(REPORT_FILE, htmlReport(result));
  say(`\nWith plots: ${REPORT_FILE}`);
  if (plan.profileDirectory !== undefined) {
    for (const file of writeFlameGraphs(plan.profileDirectory)) say(`Flame graph: ${file}`);
  }
  if (!writeDocs) return;
  const style = await resolveConfig(DOCS_FILE);
  writeFileSync(DOCS_FILE, await format(docsPage(result), { ...style, parser: 'markdown' }));
}

async function stop(): Promise<void> {
  await bench?.closeAll();
  await stage?.stop();
}

function stopOn(signal: NodeJS.Signals): void {
  if (isStopping) return;
  isStopping = true;
  say(`\n${signal}: stopping`);
  void stop().finally(() => process.exit(130));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    if (isStopping) return;
    isStopping = true;
    const isUsage = error instanceof UsageError;
    const text = isUsage ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text ?? ''}\n`);
    void stop().finally(() => process.exit(isUsage ? 2 : 1));
  },
);
