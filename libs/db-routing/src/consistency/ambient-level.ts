import { AmbientKey } from '../ambient';
import { ConfigurationError } from '../errors';
import { bounded, CONSISTENCY_LEVELS, type ReadRequirement } from './read-requirement';

/** A level by its name, or `bounded({ maxStalenessMs })`. */
export type ReadConsistencyChoice = Exclude<ReadRequirement['level'], 'bounded'> | ReadRequirement;

const key = new AmbientKey<ReadRequirement>('read-consistency');

/** The consistency level that the calling code has set; undefined when it has set none. */
export function ambientReadConsistency(): ReadRequirement | undefined {
  return key.get();
}

/**
 * Sets the consistency level of reads outside a transaction, in `fn` and in what it awaits; the innermost
 * level counts. A routing rule can only make it stricter. Throws ConfigurationError when the level is unknown
 * or its bound is invalid.
 */
export function withReadConsistency<R>(choice: ReadConsistencyChoice, fn: () => R): R {
  return key.run(requirementOf(choice), fn);
}

export function requirementOf(choice: ReadConsistencyChoice): ReadRequirement {
  if (typeof choice === 'object') return choice.level === 'bounded' ? bounded(choice) : choice;
  if ((['strong', 'session', 'eventual'] as string[]).includes(choice)) return { level: choice };
  throw new ConfigurationError('read consistency', choice, `must be one of ${CONSISTENCY_LEVELS.join(', ')}`);
}
