import { wrapMethod } from '../wrap-method';
import { type ReadConsistencyChoice, requirementOf, withReadConsistency } from './ambient-level';

type Method = (...args: never[]) => unknown;

/**
 * Runs the method's reads at this consistency level: `@ReadConsistency('strong')`,
 * `@ReadConsistency(bounded({ maxStalenessMs: 2_000 }))`. See withReadConsistency(). Throws
 * ConfigurationError when the class is defined with an invalid level.
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
