import { sourceFileOf } from './source-file';

/** The frames of the library on the stack, innermost first; functions that await the innermost of their turn come last, as `isAsync`. */
export function librarySites(): NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepare: unknown = Reflect.get(Error, 'prepareStackTrace');
  try {
    Error.stackTraceLimit = Infinity;
    Error.prepareStackTrace = (_, sites) => sites;
    const sites = new Error().stack as unknown as NodeJS.CallSite[];
    return sites.filter((site) => sourceFileOf(site.getFileName()) !== undefined);
  } finally {
    Reflect.set(Error, 'prepareStackTrace', prepare);
    Error.stackTraceLimit = stackTraceLimit;
  }
}
