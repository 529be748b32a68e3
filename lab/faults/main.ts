import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describeFailure } from '../command-line';
import { type FaultArguments, readArguments } from './arguments';
import { describeMachine } from './report/machine';
import { reliabilityPage } from './report/reliability-page';
import { textReport } from './report/text-report';
import { rows } from './rows';
import { Suite } from './suite';

const DOCS_FILE = join('docs', 'reliability.md');

let suite: Suite | undefined;

async function main(): Promise<number> {
  const options = readArguments(
    process.argv.slice(2),
    rows.map(({ name }) => name),
  );
  if (options.list) {
    for (const { name, fault, bar } of rows) say(`${name.padEnd(22)} ${fault}: ${bar}`);
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopOn(signal));
  return run(options);
}

/** Resolves to the exit code. */
async function run(options: FaultArguments): Promise<number> {
  suite = new Suite({ logDirectory: options.logDirectory, say });
  const { only } = options;
  const results = await suite.run(only === undefined ? rows : rows.filter(({ name }) => only.includes(name)));
  const machine = describeMachine(suite.serverVersion);
  say(`\n${textReport(results, machine)}`);
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ machine, rows: results }, null, 2)}\n`);
  }
  if (options.writeDocs) {
    const style = await resolveConfig(DOCS_FILE);
    const page = reliabilityPage(results, machine);
    writeFileSync(DOCS_FILE, await format(page, { ...style, parser: 'markdown' }));
  }
  return results.every(({ verdict }) => verdict === 'met') ? 0 : 1;
}

function stopOn(signal: NodeJS.Signals): void {
  if (suite?.isStopping === true) return;
  say(`\n${signal}: stopping`);
  void (suite?.stop() ?? Promise.resolve()).finally(() => process.exit(130));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().then(
  // Exits explicitly: Node 20 can spin for ever while it closes what it takes for open handles.
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    if (suite?.isStopping === true) return;
    const { text, exitCode } = describeFailure(error, 1);
    process.stderr.write(`${text}\n`);
    void (suite?.stop() ?? Promise.resolve()).finally(() => process.exit(exitCode));
  },
);
