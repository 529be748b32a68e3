import { wrapMethod } from '../wrap-method';
import { type ReadConsistencyChoice, requirementOf, withReadConsistency } from './ambient-level';

type Method = (...args: never[]) => unknown;

/**
 * The method's reads are of this level: `@ReadConsistency('strong')`, `@ReadConsistency(bounded({ maxStalenessMs: 2_000 }))`.
 * See withReadConsistency(). Throws ConfigurationError when the class is defined.
 */
export function ReadConsistency(choice: ReadConsistencyChoice) {
  const requirement = requirementOf(choice);
  return function <M extends Method>(
    _target: object,
    _key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void {
    wrapMethod(descriptor, (call) => withReadConsistency(requirement, call));
  };
}
