import { wrapMethod } from '../../wrap-method';
import { hintFor, type ReadFromOptions, withHint } from './ambient-hint';

type Method = (...args: never[]) => unknown;

/**
 * Decorator: the method's reads go to a replica group, as in `@ReadFrom('reporting')` or
 * `@ReadFrom('reporting', { maxStalenessMs: 60_000 })`. See readFrom(). Throws ConfigurationError at class
 * definition when the group or the options are invalid.
 */
export function ReadFrom(group: string, options: ReadFromOptions = {}) {
  const hint = hintFor(group, options);
  return function <M extends Method>(
    _target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void {
    wrapMethod(descriptor, (call) => withHint(hint, call));
  };
}
