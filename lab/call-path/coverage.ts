import type { Profiler, Session } from 'node:inspector';
import { askNow } from './inspector';
import { scriptText, sourceFileOf, sourceLineOf } from './source-file';

/** A function of the library that was called. Offsets are those of the compiled file. */
export interface CalledFunction {
  readonly key: string;
  readonly name: string;
  /** Relative to libs/db-routing/src. */
  readonly file: string;
  readonly scriptId: string;
  readonly script: string;
  readonly start: number;
  readonly end: number;
}

/** V8's own function that initialises an object's fields; it is not in the source. */
const FIELDS = '<instance_members_initializer>';
/** The compiler's own function that reads an export from another file. */
const EXPORT = /^(?:get \w+ ?\(\)|function ?\(\)) ?\{\s*return \w+;\s*\}$/;

/** Which functions of the library were called, according to V8. */
export class Coverage {
  constructor(private readonly session: Session) {
    askNow(session, 'Profiler.enable');
    // Per function: callCount without detail. Meanwhile V8 neither optimises nor inlines functions.
    askNow(session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /** What was called since the previous call. */
  take(): Profiler.ScriptCoverage[] {
    const taken = askNow(this.session, 'Profiler.takePreciseCoverage');
    return (taken as Profiler.TakePreciseCoverageReturnType).result;
  }

  end(): void {
    askNow(this.session, 'Profiler.stopPreciseCoverage');
    askNow(this.session, 'Profiler.disable');
  }
}

/** The library's functions among the result. This is slow, so do not call it during a read. */
export function calledFunctions(taken: readonly Profiler.ScriptCoverage[]): CalledFunction[] {
  return taken.flatMap(({ scriptId, url: script, functions }) => {
    const file = sourceFileOf(script);
    if (file === undefined) return [];
    const text = scriptText(script);
    return functions.flatMap(({ functionName, ranges }) => {
      const [range] = ranges;
      if (!range || range.count === 0 || functionName === FIELDS) return [];
      const { startOffset: start, endOffset: end } = range;
      if (EXPORT.test(text.slice(start, end))) return [];
      const name = functionName || `(line ${sourceLineOf(script, start)})`;
      return [{ key: `${script}:${start}`, name, file, scriptId, script, start, end }];
    });
  });
}
