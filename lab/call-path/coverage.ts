import type { Profiler, Session } from 'node:inspector';
import { askNow } from './inspector';
import { scriptText, sourceFileOf, sourceLineOf } from './source-file';

/** A function of the library that was called. Offsets are those of the compiled file. */
export interface CalledFunction {
  readonly key: string;
  readonly name: string;
  /** From libs/db-routing/src on. */
  readonly file: string;
  readonly scriptId: string;
  readonly script: string;
  readonly start: number;
  readonly end: number;
}

/** V8's own, where an object's fields get their values: no function that anybody has written. */
const FIELDS = '<instance_members_initializer>';
/** The compiler's own: how an export is read from another file. */
const EXPORT = /^(?:get \w+ ?\(\)|function ?\(\)) ?\{\s*return \w+;\s*\}$/;

/** Which functions of the library were called, as V8 counts them. */
export class Coverage {
  constructor(private readonly session: Session) {
    askNow(session, 'Profiler.enable');
    // By function: callCount without detail. Nothing is optimised or inlined away meanwhile.
    askNow(session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  }

  /** What was called since the last time. */
  take(): Profiler.ScriptCoverage[] {
    const taken = askNow(this.session, 'Profiler.takePreciseCoverage');
    return (taken as Profiler.TakePreciseCoverageReturnType).result;
  }

  end(): void {
    askNow(this.session, 'Profiler.stopPreciseCoverage');
    askNow(this.session, 'Profiler.disable');
  }
}

/** Those of the library among what was taken. Takes its time: not to be done while a read is under way. */
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
