import { type Profiler, Session } from 'node:inspector';
import { askNow } from '../../call-path/inspector';
import { scriptText, sourceFileOf, sourcePlaceOf } from '../../call-path/source-file';

/** The branches of one source file: V8's blocks, and the functions that were never called. */
export interface FileBranches {
  /** Relative to libs/db-routing/src. */
  readonly file: string;
  readonly all: number;
  readonly missed: readonly Missed[];
}

/** A branch that was not run, and where it begins in the source. */
export interface Missed {
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** The compiler's own function that reads an export from another file. */
const EXPORT = /^(?:get(?:: ?function)? ?\w* ?\(\)|function ?\(\)) ?\{\s*return [\w.]+;\s*\}$/;
/** What the compiler adds for tools that read exports without running the file: no branch of the source. */
const EXPORT_LIST = /^ ?&& \(module\.exports = \{/;
const FIELDS = '<instance_members_initializer>';

/** Counts how often each block runs. Start it before the library is loaded. */
export class BranchCoverage {
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    askNow(this.#session, 'Profiler.enable');
    askNow(this.#session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** The files of these rooms of the library that were loaded. */
  take(rooms: readonly string[]): FileBranches[] {
    const taken = askNow(this.#session, 'Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    return taken.result.flatMap((script) => {
      const file = sourceFileOf(script.url);
      return file !== undefined && rooms.includes(file.split('/')[0] ?? '') ? [branchesOf(file, script)] : [];
    });
  }
}

function branchesOf(file: string, { url, functions }: Profiler.ScriptCoverage): FileBranches {
  const text = scriptText(url);
  const ranges = functions
    .filter(({ functionName, ranges: [whole] }) => {
      return whole && functionName !== FIELDS && !EXPORT.test(text.slice(whole.startOffset, whole.endOffset));
    })
    .flatMap((each) => (each.ranges[0]?.count === 0 ? each.ranges.slice(0, 1) : each.ranges))
    .filter(({ startOffset, endOffset }) => {
      const branch = text.slice(startOffset, endOffset);
      return /\w/.test(branch) && !EXPORT_LIST.test(branch);
    });
  const missed = ranges
    .filter(({ count }) => count === 0)
    .map(({ startOffset, endOffset }) => ({
      ...sourcePlaceOf(url, startOffset),
      text: text.slice(startOffset, endOffset).replace(/\s+/g, ' ').slice(0, 90),
    }));
  return { file, all: ranges.length, missed };
}
