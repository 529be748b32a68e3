import type { Tuning } from './cluster-under-test';

/** What both clusters' pools have in common. */
export const TUNING = {
  probeIntervalMs: 250,
  maxStalenessMs: 60_000,
  maxConnectionsPerNode: 4,
  acquireTimeoutMs: 3_000,
  statementTimeoutMs: 2_000,
  transactionTimeoutMs: 10_000,
  failoverWaitMs: 1_500,
  positionWaitMs: 100,
  startTimeoutMs: 60_000,
} satisfies Tuning;
