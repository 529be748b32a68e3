import { ConfigurationError } from '../../../errors';
import type { ConnectionSettings } from '../../settings/connection-settings';

interface PoolerOptions {
  readonly pooler?: 'transaction' | undefined;
  readonly prepareStatements?: boolean;
}

const POOLERS: readonly string[] = ['transaction'];

/**
 * Whether the pool reaches the nodes through a pooler in transaction mode. Throws ConfigurationError when
 * such a pooler would refuse or lose a setting.
 */
export function hasPooler(
  { pooler, prepareStatements }: PoolerOptions,
  { options, lockTimeoutMs }: ConnectionSettings,
): boolean {
  if (pooler !== undefined && !POOLERS.includes(pooler)) {
    throw new ConfigurationError('pooler', pooler, "must be 'transaction', or left out");
  }
  if (pooler && prepareStatements) {
    throw new ConfigurationError(
      'prepareStatements',
      true,
      "must be false or left out with pooler 'transaction'",
    );
  }
  const isPooled = pooler === 'transaction' || prepareStatements === false;
  const atLogin =
    options === undefined ? (lockTimeoutMs === undefined ? undefined : 'lock_timeout') : 'options';
  if (isPooled && atLogin !== undefined) {
    throw new ConfigurationError(
      atLogin,
      options ?? lockTimeoutMs,
      'a pooler in transaction mode takes no settings at login: set them for the role or the database',
    );
  }
  return isPooled;
}
