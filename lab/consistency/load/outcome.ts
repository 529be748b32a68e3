import {
  CommitOutcomeUnknownError,
  WriteOutcomeUnknownError,
  ConnectFailedError,
  FailoverQueueFullError,
  NoPrimaryError,
  PoolExhaustedError,
  PrimaryChangedError,
} from 'db-routing';
import type { Outcome } from '../history/lines';

/** Errors that come before anything was sent, or instead of it being done. */
const NOT_SENT = [
  ConnectFailedError,
  FailoverQueueFullError,
  NoPrimaryError,
  PoolExhaustedError,
  PrimaryChangedError,
];

/** What is known of an autocommit write that was answered with an error: nothing, unless the error says so. */
export function writeOutcome(error: unknown): Outcome {
  if (NOT_SENT.some((kind) => error instanceof kind)) return 'failed';
  return isServersWord(error) ? 'failed' : 'unknown';
}

/** A transaction whose COMMIT was not sent is rolled back, whatever went wrong. */
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

/** SQLSTATEs in which the server says that a statement failed; class 57 and 08 end a session, whatever it was doing. */
function isServersWord(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) && !/^(57|08)/.test(code);
}
