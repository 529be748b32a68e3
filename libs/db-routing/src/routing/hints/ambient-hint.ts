import { AmbientKey } from '../../ambient';
import { ConfigurationError } from '../../errors';
import type { RouteHint } from './route-hint';

/** How fresh the nodes must be that a hint sends reads to. */
export interface ReadFromOptions {
  /** Only nodes whose data is at most this old, in milliseconds; reads fail with NoFitNodeError where there is none. */
  readonly maxStalenessMs?: number;
}

const key = new AmbientKey<RouteHint>('route-hint');
const ON_PRIMARY: RouteHint = { to: 'primary', source: 'code' };

export function ambientHint(): RouteHint | undefined {
  return key.get();
}

export function withHint<R>(hint: RouteHint, fn: () => R): R {
  return key.run(hint, fn);
}

/** Everything that `fn` reads, and what it awaits, is read from the primary. The innermost hint counts. */
export function onPrimary<R>(fn: () => R): R {
  return withHint(ON_PRIMARY, fn);
}

/**
 * Everything that `fn` reads outside of a transaction comes from this group of replicas; with no group of that name, from any
 * replica. What is not provably a read goes to the primary all the same. Throws ConfigurationError.
 */
export function readFrom<R>(group: string, fn: () => R, options: ReadFromOptions = {}): R {
  return withHint(hintFor(group, options), fn);
}

export function hintFor(group: string, { maxStalenessMs }: ReadFromOptions): RouteHint {
  if (group === '') throw new ConfigurationError('ReadFrom group', group, 'must not be empty');
  if (maxStalenessMs !== undefined && !(Number.isInteger(maxStalenessMs) && maxStalenessMs >= 1)) {
    throw new ConfigurationError(
      'ReadFrom maxStalenessMs',
      maxStalenessMs,
      'must be a whole number of at least 1',
    );
  }
  return { to: group, maxStalenessMs, source: 'code' };
}
