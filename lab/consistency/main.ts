import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeFailure } from '../command-line';
import { type ConsistencyArguments, readArguments } from './arguments';
import { fullRun } from './full-run';
import { Recorder } from './history/recorder';
import { Lab, PROBING_TOLERANCE_MS } from './lab';
import { runMutants } from './run-mutants';
import { runScenario } from './run-scenario';
import { scenarios } from './scenarios';

let lab: Lab | undefined;
let isStopping = false;

async function main(): Promise<number> {
  const options = readArguments(
    process.argv.slice(2),
    scenarios.map(({ name }) => name),
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopOn(signal));
  if (options.mutants.length > 0) return runMutants(options.mutants, say);
  return run(options);
}

/** Resolves to the exit code. */
async function run({
  seed,
  seconds,
  jsonFile,
  scenario,
  logDirectory,
}: ConsistencyArguments): Promise<number> {
  const file = jsonFile ?? join(mkdtempSync(join(tmpdir(), 'consistency-')), 'history.jsonl');
  const recorder = new Recorder(file);
  recorder.add({ line: 'run', seed, seconds, probingToleranceMs: PROBING_TOLERANCE_MS });
  say(`starting a primary, two replicas and both services; the history is written to ${file}`);
  lab = await Lab.start(logDirectory);
  const found = scenarios.find(({ name }) => name === scenario);
  const missed = found
    ? await runScenario(found, lab, recorder, say)
    : await fullRun(lab, recorder, { seed, seconds, say });
  recorder.close();
  await lab.stop();
  for (const line of missed) say(`MISSED: ${line}`);
  if (missed.length === 0) say('all that is promised was kept');
  return missed.length === 0 ? 0 : 1;
}

function stopOn(signal: NodeJS.Signals): void {
  if (isStopping) return;
  isStopping = true;
  say(`\n${signal}: stopping`);
  void (lab?.stop() ?? Promise.resolve()).finally(() => process.exit(130));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  // Exits explicitly: Node 20 can spin for ever while it closes what it takes for open handles.
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    if (isStopping) return;
    isStopping = true;
    const { text, exitCode } = describeFailure(error, 3);
    process.stderr.write(`${text}\n`);
    void (lab?.stop() ?? Promise.resolve()).finally(() => process.exit(exitCode));
  },
);
