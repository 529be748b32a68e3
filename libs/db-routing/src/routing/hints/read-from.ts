import { wrapMethod } from '../../wrap-method';
import { hintFor, type ReadFromOptions, withHint } from './ambient-hint';

type Method = (...args: never[]) => unknown;

/**
 * The method's reads come from a group of replicas: `@ReadFrom('reporting')`,
 * `@ReadFrom('reporting', { maxStalenessMs: 60_000 })`. See readFrom(). Throws ConfigurationError when the class is defined.
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
