import { ConfigurationError } from '../../../errors';
import type { ConnectionSettings } from '../../settings/connection-settings';
import type { UrlSettings } from '../../settings/url-settings';
import type { RoutedPoolOptions } from './routed-pool-options';

export type NumberOptions = Readonly<ReturnType<typeof numberOptions>>;

/** A timer of Node.js that is set for longer ends at once, and no setting of PostgreSQL holds more. */
const MAX = 2_147_483_647;
const DEFAULT_MAX_CONNECTIONS = 10;
const DEFAULT_MAX_LANES = 4;
/** The default of readQueueWaitMs, as a multiple of acquireTimeoutMs. */
const READ_QUEUE_WAITS = 5;
/** The pool cannot tell a staleness below this many probe intervals from the interval itself. */
const MIN_PROBES_PER_STALENESS = 2;

/** The options that are whole numbers of at least 1. Throws ConfigurationError when one is not. */
export function numberOptions(
  options: RoutedPoolOptions,
  url: UrlSettings,
  { acquireTimeoutMs }: ConnectionSettings,
) {
  const maxConnectionsPerNode = maxConnections(options);
  const numbers = {
    maxStalenessMs: options.maxStalenessMs ?? 10_000,
    probeIntervalMs: options.probeIntervalMs ?? 500,
    maxConnectionsPerNode,
    acquireTimeoutMs,
    readQueueWaitMs: options.readQueueWaitMs ?? READ_QUEUE_WAITS * acquireTimeoutMs,
    statementTimeoutMs: url.statementTimeoutMs ?? options.statementTimeoutMs ?? 30_000,
    transactionTimeoutMs: options.transactionTimeoutMs ?? 30_000,
    idleInTransactionTimeoutMs:
      url.idleInTransactionTimeoutMs ?? options.idleInTransactionTimeoutMs ?? 10_000,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    positionWaitMs: options.positionWaitMs ?? 100,
    slowStartMs: options.slowStartMs ?? 5_000,
    discoveryIntervalMs: options.discoveryIntervalMs ?? 5_000,
    failoverWaitMs: options.failoverWaitMs ?? 2_000,
    failoverQueueLimit: options.failoverQueueLimit ?? 1_000,
    maxSpilledReads: options.maxSpilledReads ?? Math.max(1, Math.floor(maxConnectionsPerNode / 2)),
    catalogRefreshMs: options.catalogRefreshMs ?? 60_000,
  };
  for (const [name, value] of Object.entries(numbers)) requireWholeNumber(name, value, 1);
  return numbers;
}

/**
 * This process's share of `maxConnectionsPerNode`. Throws ConfigurationError when it is no whole number from
 * 1, or too small to be shared.
 */
export function maxConnections({
  maxConnectionsPerNode = DEFAULT_MAX_CONNECTIONS,
  processes,
}: Pick<RoutedPoolOptions, 'maxConnectionsPerNode' | 'processes'>): number {
  requireWholeNumber('maxConnectionsPerNode', maxConnectionsPerNode, 1);
  return shareOf('maxConnectionsPerNode', maxConnectionsPerNode, processes);
}

/**
 * This process's share of `maxLanesPerNode`. Throws ConfigurationError when it is no whole number, not 0
 * behind a pooler, or too small to be shared.
 */
export function maxLanes(
  { maxLanesPerNode, processes }: Pick<RoutedPoolOptions, 'maxLanesPerNode' | 'processes'>,
  hasPooler: boolean,
): number {
  const lanes = maxLanesPerNode ?? (hasPooler ? 0 : DEFAULT_MAX_LANES);
  requireWholeNumber('maxLanesPerNode', lanes, 0);
  if (hasPooler && lanes > 0) {
    throw new ConfigurationError(
      'maxLanesPerNode',
      lanes,
      "must be 0 or left out with pooler 'transaction': reads share no connections there",
    );
  }
  return lanes === 0 ? 0 : shareOf('maxLanesPerNode', lanes, processes);
}

function shareOf(name: string, limit: number, processes = 1): number {
  requireWholeNumber('processes', processes, 1);
  if (limit >= processes) return Math.floor(limit / processes);
  const least = name === 'maxLanesPerNode' ? '0, or at least' : 'at least';
  throw new ConfigurationError(
    name,
    limit,
    `must be ${least} ${processes}, because ${processes} processes share it`,
  );
}

/**
 * The lowest staleness limit that probes can verify. Throws ConfigurationError when `maxStalenessMs` is below
 * it.
 */
export function minStaleness({ maxStalenessMs, probeIntervalMs }: NumberOptions): number {
  const minStalenessMs = MIN_PROBES_PER_STALENESS * probeIntervalMs;
  if (maxStalenessMs < minStalenessMs) {
    throw new ConfigurationError(
      'maxStalenessMs',
      maxStalenessMs,
      `must be at least ${minStalenessMs} (${MIN_PROBES_PER_STALENESS} × probeIntervalMs), or it cannot be observed`,
    );
  }
  return minStalenessMs;
}

function requireWholeNumber(name: string, value: number, min: number): void {
  if (!(Number.isInteger(value) && value >= min)) {
    throw new ConfigurationError(name, value, `must be a whole number of at least ${min}`);
  }
  if (value > MAX) throw new ConfigurationError(name, value, `must be at most ${MAX}`);
}
