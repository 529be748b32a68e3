import type { RoutedPoolOptions } from 'db-routing';
import { type z } from 'zod';
import { integerText, optionalIntegerText } from '../validation/text-schemas';
import type { Environment } from './environment-files';

const MAX_WAIT_MS = 600_000;
/** Long reports and migrations of data take hours. */
const MAX_WORK_MS = 86_400_000;

const MAX_PROCESSES = 1_000;

const waitMs = (fallback: number) => integerText({ min: 1, max: MAX_WAIT_MS, fallback });
const workMs = (fallback: number) => integerText({ min: 1, max: MAX_WORK_MS, fallback });

/** How much a process may take of each node, and how long its statements may wait and run. */
export const limitOptions = {
  DATABASE_MAX_CONNECTIONS_PER_NODE: integerText({ min: 1, max: 1_000, fallback: 10 }),
  DATABASE_MAX_LANES_PER_NODE: optionalIntegerText({ min: 0, max: 100 }),
  DATABASE_PROCESSES: integerText({ min: 1, max: MAX_PROCESSES, fallback: 1 }),
  DATABASE_MAX_SPILLED_READS: optionalIntegerText({ min: 1, max: 1_000 }),
  DATABASE_ACQUIRE_TIMEOUT_MS: waitMs(2_000),
  DATABASE_READ_QUEUE_WAIT_MS: optionalIntegerText({ min: 1, max: MAX_WAIT_MS }),
  DATABASE_POSITION_WAIT_MS: waitMs(100),
  DATABASE_STATEMENT_TIMEOUT_MS: workMs(30_000),
  DATABASE_TRANSACTION_TIMEOUT_MS: workMs(30_000),
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: workMs(10_000),
  DATABASE_FAILOVER_WAIT_MS: waitMs(2_000),
  DATABASE_FAILOVER_QUEUE_LIMIT: integerText({ min: 1, max: 1_000_000, fallback: 1_000 }),
  DATABASE_SLOW_START_MS: waitMs(5_000),
};

/** Limits that only a choice between several nodes needs. */
export const SEVERAL_NODES_ONLY = [
  'DATABASE_MAX_SPILLED_READS',
  'DATABASE_POSITION_WAIT_MS',
  'DATABASE_SLOW_START_MS',
];

/** Parameters of the URL that set the same as a variable, and win over it. */
const IN_URL: Readonly<Record<string, string>> = {
  connect_timeout: 'DATABASE_ACQUIRE_TIMEOUT_MS',
  statement_timeout: 'DATABASE_STATEMENT_TIMEOUT_MS',
  idle_in_transaction_session_timeout: 'DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS',
};

/** Undefined leaves the default to the pool, which derives it from another option. */
export function limitsOf(data: z.infer<z.ZodObject<typeof limitOptions>>) {
  return {
    maxConnectionsPerNode: data.DATABASE_MAX_CONNECTIONS_PER_NODE,
    maxLanesPerNode: data.DATABASE_MAX_LANES_PER_NODE,
    processes: data.DATABASE_PROCESSES,
    maxSpilledReads: data.DATABASE_MAX_SPILLED_READS,
    acquireTimeoutMs: data.DATABASE_ACQUIRE_TIMEOUT_MS,
    readQueueWaitMs: data.DATABASE_READ_QUEUE_WAIT_MS,
    positionWaitMs: data.DATABASE_POSITION_WAIT_MS,
    statementTimeoutMs: data.DATABASE_STATEMENT_TIMEOUT_MS,
    transactionTimeoutMs: data.DATABASE_TRANSACTION_TIMEOUT_MS,
    idleInTransactionTimeoutMs: data.DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
    failoverWaitMs: data.DATABASE_FAILOVER_WAIT_MS,
    failoverQueueLimit: data.DATABASE_FAILOVER_QUEUE_LIMIT,
    slowStartMs: data.DATABASE_SLOW_START_MS,
  } satisfies Partial<RoutedPoolOptions>;
}

/** Checks limits that are valid individually and contradict another setting. */
export function limitContradictions(given: Environment): string[] {
  const problems: string[] = [];
  const { DATABASE_URL: url = '', DATABASE_MAX_LANES_PER_NODE: lanes } = given;
  if (given.DATABASE_POOLER === 'transaction' && lanes !== undefined && lanes !== '0') {
    problems.push(
      `DATABASE_MAX_LANES_PER_NODE is "${lanes}": it must be 0 or unset while DATABASE_POOLER is transaction, as reads share no connections there`,
    );
  }
  const inUrl = new URLSearchParams(url.split('?').slice(1).join('?'));
  for (const [parameter, variable] of Object.entries(IN_URL)) {
    if (given[variable] !== undefined && inUrl.has(parameter)) {
      problems.push(
        `${variable} is "${given[variable]}": DATABASE_URL sets ${parameter} as well and would win, set it in one place`,
      );
    }
  }
  return problems;
}
