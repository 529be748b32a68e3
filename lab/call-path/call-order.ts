import type { Debugger, Session } from 'node:inspector';
import { librarySites } from './call-sites';
import type { CalledFunction } from './coverage';
import { askNow } from './inspector';
import { pathOf, scriptText } from './source-file';

/** One function called another; `by` is undefined when the event loop or a promise made the call. */
export interface Call {
  readonly of: CalledFunction;
  readonly by: CalledFunction | undefined;
}

/** The global through which a breakpoint's condition reaches the recorder. */
const RECORDER = '__callPathRecorder';

/**
 * Records who calls whom, in order. Coverage reports neither order nor callers, so each function that it has
 * found gets breakpoints whose condition records the stack and is never true, so that nothing pauses.
 */
export class CallOrder {
  readonly calls: Call[] = [];
  readonly #seen = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly functions: readonly CalledFunction[],
  ) {
    Reflect.set(globalThis, RECORDER, (key: string) => this.#record(key));
    askNow(session, 'Debugger.enable');
    this.#listen(false);
    for (const called of functions) this.#watch(called);
  }

  begin(): void {
    this.#listen(true);
  }

  pause(): void {
    this.#listen(false);
  }

  close(): void {
    askNow(this.session, 'Debugger.disable');
    Reflect.deleteProperty(globalThis, RECORDER);
  }

  /** Active only as long as needed, because breakpoints slow everything down. */
  #listen(active: boolean): void {
    askNow(this.session, 'Debugger.setBreakpointsActive', { active });
  }

  /**
   * Everywhere in the function: the first location may be a parameter's default, which does not run when the
   * caller passes the argument.
   */
  #watch({ key, script, scriptId, start, end }: CalledFunction): void {
    const text = scriptText(script);
    const found = askNow(this.session, 'Debugger.getPossibleBreakpoints', {
      start: place(text, scriptId, start),
      end: place(text, scriptId, end),
      restrictToFunction: true,
    });
    const { locations } = found as Debugger.GetPossibleBreakpointsReturnType;
    const condition = `${RECORDER}(${JSON.stringify(key)})`;
    for (const location of locations) askNow(this.session, 'Debugger.setBreakpoint', { location, condition });
  }

  #record(key: string): false {
    const [own, caller] = librarySites();
    const of = this.functions.find((called) => called.key === key);
    // An async function that continues after an await has no caller.
    const by = own && !own.isAsync() && caller && !caller.isAsync() ? this.#at(caller) : undefined;
    if (!of || (!by && this.#seen.has(key))) return false;
    this.#seen.add(key);
    if (!this.calls.some((call) => call.of === of && call.by === by)) this.calls.push({ of, by });
    return false;
  }

  /** The innermost function around the location. */
  #at(site: NodeJS.CallSite): CalledFunction | undefined {
    const [script, position] = [site.getFileName(), site.getPosition()];
    return this.functions
      .filter(({ script: of, start, end }) => pathOf(of) === script && start <= position && position < end)
      .sort((one, other) => other.start - one.start)[0];
  }
}

function place(text: string, scriptId: string, offset: number): Debugger.Location {
  const lines = text.slice(0, offset).split('\n');
  return { scriptId, lineNumber: lines.length - 1, columnNumber: lines.at(-1)?.length ?? 0 };
}
