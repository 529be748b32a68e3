import { AmbientKey } from '../../ambient';
import { ConfigurationError } from '../../errors';
import type { RouteHint } from './route-hint';

/** Options for reads that a hint sends to a replica group. */
export interface ReadFromOptions {
  /**
   * Maximum age of the node's data, in milliseconds; reads fail with NoFitNodeError when no node is fresh
   * enough.
   */
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

/** Runs `fn`; all reads that it starts, or awaits, go to the primary. The innermost hint counts. */
export function onPrimary<R>(fn: () => R): R {
  return withHint(ON_PRIMARY, fn);
}

/**
 * Runs `fn`; all reads that it starts outside a transaction go to this replica group, or to any replica when
 * there is no group of that name. Statements that are not provably reads still go to the primary. Throws
 * ConfigurationError when the name is empty or `maxStalenessMs` is not a whole number of at least 1.
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
