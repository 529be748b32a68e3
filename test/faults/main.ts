import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultArguments } from './arguments';
import { readArguments, UsageError } from './arguments';
import { describeMachine } from './machine';
import { reliabilityPage } from './reliability-page';
import { textReport } from './report';
import { rows } from './rows';
import { Suite } from './suite';

const DOCS_FILE = join('docs', 'reliability.md');

let suite: Suite | undefined;

async function main(): Promise<void> {
  const options = readArguments(
    process.argv.slice(2),
    rows.map(({ name }) => name),
  );
  if (options.list) {
    for (const { name, fault, bar } of rows) say(`${name.padEnd(28)} ${fault}: ${bar}`);
    return;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopOn(signal));
  await run(options);
}

async function run(options: FaultArguments): Promise<void> {
  suite = new Suite({ logDirectory: options.logDirectory, say });
  const { only } = options;
  const results = await suite.run(only === undefined ? rows : rows.filter(({ name }) => only.includes(name)));
  const machine = describeMachine(suite.serverVersion);
  say(`\n${textReport(results, machine)}`);
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ machine, rows: results }, null, 2)}\n`);
  }
  if (options.writeDocs) writeFileSync(DOCS_FILE, reliabilityPage(results, machine));
  process.exitCode = results.every(({ verdict }) => verdict === 'met') ? 0 : 1;
}

function stopOn(signal: NodeJS.Signals): void {
  if (suite?.isStopping === true) return;
  say(`\n${signal}: stopping`);
  void (suite?.stop() ?? Promise.resolve()).finally(() => process.exit(130));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main().catch((error: unknown) => {
  if (suite?.isStopping === true) return;
  const text =
    error instanceof UsageError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text ?? ''}\n`);
  void (suite?.stop() ?? Promise.resolve()).finally(() => process.exit(error instanceof UsageError ? 2 : 1));
});
