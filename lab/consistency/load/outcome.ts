import {
  CommitOutcomeUnknownError,
  WriteOutcomeUnknownError,
  ConnectFailedError,
  FailoverQueueFullError,
  NoPrimaryError,
  PoolExhaustedError,
  PrimaryChangedError,
  RequestAbortedError,
  RequestTimeoutError,
} from 'db-routing';
import type { Outcome } from '../history/lines';

/** Errors raised before anything was sent, or instead of the operation. */
const NOT_SENT = [
  ConnectFailedError,
  FailoverQueueFullError,
  NoPrimaryError,
  PoolExhaustedError,
  PrimaryChangedError,
  // A write that may have been executed when its request ended has a WriteOutcomeUnknownError.
  RequestAbortedError,
  RequestTimeoutError,
];

/**
 * The outcome of an autocommit write that was answered with an error: unknown, unless the error says
 * otherwise.
 */
export function writeOutcome(error: unknown): Outcome {
  if (NOT_SENT.some((kind) => error instanceof kind)) return 'failed';
  return isServersWord(error) ? 'failed' : 'unknown';
}

/** A transaction whose COMMIT was not sent is rolled back, for any error. */
export function transactionOutcome(error: unknown): Outcome {
  return error instanceof CommitOutcomeUnknownError || error instanceof WriteOutcomeUnknownError
    ? 'unknown'
    : 'failed';
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return `${typeof code === 'string' ? code : error.name}: ${error.message}`;
}

/**
 * SQLSTATEs that report a failed statement; classes 57 and 08 end a backend session in any state.
 */
function isServersWord(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) && !/^(57|08)/.test(code);
}
