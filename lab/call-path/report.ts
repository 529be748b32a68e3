import type { BackUp } from './back-up';
import type { Call } from './call-order';
import type { CalledFunction } from './coverage';
import type { Measured } from './measure';
import { isFloor, roomOf } from './rooms';

export interface FileOnTheWay {
  readonly file: string;
  readonly room: string;
  /** `floor`: on the way. `side`: called on the way, and returns. */
  readonly kind: 'floor' | 'side';
  /** The number of calls between RoutedPool.query and the first call into the file. */
  readonly depth: number;
  readonly functions: readonly string[];
}

export interface Report {
  readonly down: {
    readonly fileCount: number;
    /** Of these, the files on the way; the others are called and return. */
    readonly floorFileCount: number;
    readonly functionCount: number;
    readonly files: FileOnTheWay[];
  };
  readonly back: { readonly fileCount: number; readonly functionCount: number; readonly files: string[] };
  readonly backUp: readonly { readonly from: string; readonly to: string; readonly across: string }[];
}

export function reportOn({ down, back, calls }: Measured, backUps: readonly BackUp[]): Report {
  const depths = depthsOf(calls);
  const filesOf = (functions: readonly CalledFunction[]) => [...new Set(functions.map(({ file }) => file))];
  const files = filesOf(down).map((file) => {
    const functions = down.filter((called) => called.file === file);
    const room = roomOf(file);
    const kind: FileOnTheWay['kind'] = isFloor(room) ? 'floor' : 'side';
    const [first] = functions;
    const depth = (first && depths.get(first.key)) ?? 0;
    return { file, room, kind, depth, functions: functions.map(({ name }) => name) };
  });
  const backFiles = filesOf(back).sort();
  return {
    down: {
      fileCount: files.length,
      floorFileCount: files.filter(({ kind }) => kind === 'floor').length,
      functionCount: down.length,
      files,
    },
    back: { fileCount: backFiles.length, functionCount: back.length, files: backFiles },
    backUp: backUps.map(({ from, to, across }) => ({ from: named(from), to: named(to), across })),
  };
}

/** By each function's first call, so a caller's depth is known before its callees'. */
function depthsOf(calls: readonly Call[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { of, by } of calls) {
    if (!depths.has(of.key)) depths.set(of.key, by ? (depths.get(by.key) ?? 0) + 1 : 0);
  }
  return depths;
}

function named({ file, name }: CalledFunction): string {
  return `${file} ${name}`;
}

export function linesOf({ down, back, backUp }: Report): string[] {
  const across = (kind: string) => backUp.filter((call) => call.across === kind);
  const list = (kind: string) => across(kind).map(({ from, to }) => `  ${from}  ->  ${to}`);
  return [
    `The way down, from RoutedPool.query to the socket, leads through ${down.floorFileCount} files and asks ${down.fileCount - down.floorFileCount} others (${down.functionCount} functions).`,
    '   # depth       file: functions, in the order of their first calls',
    ...down.files.map(
      ({ file, kind, depth, functions }, at) =>
        `${String(at + 1).padStart(4)} ${String(depth).padStart(5)} ${kind.padEnd(5)} ${file}: ${functions.join(', ')}`,
    ),
    '',
    `Back up, into a higher room: ${across('rooms').length} calls.`,
    ...list('rooms'),
    `Back up within a room, into a file that imports the caller's: ${across('files').length} calls.`,
    ...list('files'),
    '',
    `The way back, from the socket to the caller: ${back.fileCount} files, ${back.functionCount} functions.`,
  ];
}
