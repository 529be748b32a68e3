import type { Debugger, Session } from 'node:inspector';
import { librarySites } from './call-sites';
import type { CalledFunction } from './coverage';
import { askNow } from './inspector';
import { pathOf, scriptText } from './source-file';

/** One function was called by another; `by` is undefined where the event loop has called it, or a promise. */
export interface Call {
  readonly of: CalledFunction;
  readonly by: CalledFunction | undefined;
}

/** How the condition of a breakpoint reaches the recorder. */
const RECORDER = '__callPathRecorder';

/**
 * Records who calls whom, in order. Coverage knows no order and no callers: every function that it has found is given breakpoints whose condition
 * notes the stack and is never true, so that nothing pauses.
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

  /** Only while it has to: breakpoints that nobody needs make everything slow. */
  #listen(active: boolean): void {
    askNow(this.session, 'Debugger.setBreakpointsActive', { active });
  }

  /** Everywhere in the function: the first place may be the default of a parameter, where nobody comes by who was given it. */
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
    // Where an async function goes on after it has waited, nobody calls it.
    const by = own && !own.isAsync() && caller && !caller.isAsync() ? this.#at(caller) : undefined;
    if (!of || (!by && this.#seen.has(key))) return false;
    this.#seen.add(key);
    if (!this.calls.some((call) => call.of === of && call.by === by)) this.calls.push({ of, by });
    return false;
  }

  /** The innermost function around the place. */
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
