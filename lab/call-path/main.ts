/**
 * Measures the path from `RoutedPool.query` to the socket: which files and functions of libs/db-routing/src
 * one warm autocommit read by primary key passes on a real cluster, and where it goes back up.
 *
 *     npm run lab -- call-path [--max-files 25] [--max-back-up 0] [--json]
 *     npm run lab -- call-path --callbacks [--json]
 *
 * - A function counts when V8's precise coverage reports a call, except functions that the compiler adds for
 *   exports and V8 for fields. A file counts when one of its functions does: one that is only imported, for a
 *   type or a constant, does not.
 * - The way down begins with the call of `query` and ends just before the library's first write to a socket,
 *   including the event loop turn that the lane waits for. The way back is the rest, until the caller has its
 *   answer.
 * - The stack at the start of each of these functions shows who calls whom. A function called by a promise or
 *   the event loop has no caller; code of Node or node-postgres in between is skipped. The depth of a file is
 *   the depth of the first call into it.
 * - A call leads back up when the function is in a room above its caller's (rooms.ts), or, within one room,
 *   in a file that imports the caller's, directly or not. No file can import what is above it, so the
 *   function was passed down.
 * - The read passes through the floors (postgres/pool, execution, connections, lanes). It calls the side
 *   rooms, which return; to follow a read down, you need not open them.
 *
 * It exits with 1 when more floor files than `--max-files` are on the way, or more calls lead back up between
 * rooms than `--max-back-up`. `--callbacks` counts, in the sources, the members of `*Options` and similar
 * interfaces that are functions.
 */
import { join } from 'node:path';
import { exitAfter } from '../command-line';
import { type CallPathArguments, readArguments } from './arguments';
import { backUpsAmong } from './back-up';
import { callbackLines, callbackReport } from './callback-report';
import { callbackMembers } from './callbacks';
import { measure } from './measure';
import { linesOf, type Report, reportOn } from './report';
import { SourceImports } from './source-imports';
import { withWarmRead } from './warm-pool';

/** This file's compiled path in dist/lab/call-path. */
const SOURCES = join(__dirname, '../../../libs/db-routing/src');

/** Resolves to the exit code. */
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

exitAfter(main(), 3);
