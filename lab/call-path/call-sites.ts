import { sourceFileOf } from './source-file';

/**
 * The library's frames on the stack, innermost first. Functions that await the innermost of the current turn
 * come last, marked `isAsync`.
 */
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
