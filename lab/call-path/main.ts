/**
 * How far it is from `RoutedPool.query` to the socket: which files and functions of libs/db-routing/src one warm autocommit read by primary key
 * passes, on a real cluster, and where it goes back up.
 *
 *     npm run lab -- call-path [--max-files 25] [--max-back-up 0] [--json]
 *     npm run lab -- call-path --callbacks [--json]
 *
 * - A function counts when V8's precise coverage has seen it called; not counted are the compiler's own for exports and V8's for fields. A file
 *   counts with its first function: what is only imported, as a type or a constant, does not.
 * - The way down begins with the call of `query` and ends just before the library's first write to a socket, in the event loop's turn that the
 *   lane waits for included. The way back is what follows until the caller has its answer.
 * - Who calls whom is what the stack says at the start of each of these functions. What a promise or the event loop calls has no caller; code of
 *   Node or node-postgres in between is looked through. The depth of a file is that of the first call into it.
 * - A call leads back up when the function is in a room above its caller's (rooms.ts), or, within one room, in a file that imports the caller's,
 *   directly or not. Nothing can import what is above it: the function was handed down.
 *
 * - The floors (postgres/pool, execution, connections, lanes) are what the way leads through; side rooms are asked, and answer: whoever follows a
 *   read down need not open them.
 *
 * With `--max-files`, which counts the files of the floors, and `--max-back-up`, which counts calls from room to room, it exits with 1 where
 * there are more. `--callbacks` counts, in the
 * sources, the members of `*Options` and the like that are functions.
 */
import { join } from 'node:path';
import { type CallPathArguments, readArguments, UsageError } from './arguments';
import { backUpsAmong } from './back-up';
import { callbackLines, callbackReport } from './callback-report';
import { callbackMembers } from './callbacks';
import { measure } from './measure';
import { linesOf, type Report, reportOn } from './report';
import { SourceImports } from './source-imports';
import { withWarmRead } from './warm-pool';

/** Of this file as it is compiled, in dist/lab/call-path. */
const SOURCES = join(__dirname, '../../../libs/db-routing/src');

/** The exit code. */
async function main(): Promise<number> {
  const options = readArguments(process.argv.slice(2));
  if (options.countsCallbacks) {
    const report = callbackReport(callbackMembers(SOURCES));
    say(options.isJson ? [JSON.stringify(report, undefined, 2)] : callbackLines(report));
    return 0;
  }
  const measured = await withWarmRead(measure);
  const report = reportOn(measured, backUpsAmong(measured.calls, new SourceImports(SOURCES)));
  say(options.isJson ? [JSON.stringify(report, undefined, 2)] : linesOf(report));
  const missed = missedBars(report, options);
  for (const line of missed) process.stderr.write(`MISSED: ${line}\n`);
  return missed.length === 0 ? 0 : 1;
}

function missedBars({ down, backUp }: Report, { maxFiles, maxBackUp }: CallPathArguments): string[] {
  const ups = backUp.filter(({ across }) => across === 'rooms').length;
  const missed: string[] = [];
  if (maxFiles !== undefined && down.floorFileCount > maxFiles) {
    missed.push(`the way down leads through ${down.floorFileCount} files; --max-files is ${maxFiles}`);
  }
  if (maxBackUp !== undefined && ups > maxBackUp) {
    missed.push(`${ups} calls lead back up into a higher room; --max-back-up is ${maxBackUp}`);
  }
  return missed;
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    const isUsage = error instanceof UsageError;
    const text = isUsage ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${text ?? ''}\n`);
    process.exit(isUsage ? 2 : 3);
  },
);
