/** What this library does because of a SQLSTATE. */
export type SqlStateMeaning =
  /** The node refuses to write: it is a replica, the transaction is read-only, or a function raises it. */
  | 'read-only'
  /** Hot standby does not support it; on the primary the same may succeed. */
  | 'unsupported-on-replica'
  /** Nothing is wrong with the transaction: it may be run again as a whole, and on a replica the read elsewhere. */
  | 'retryable'
  /** A later statement of a transaction that has failed already. */
  | 'aborted'
  /** A limit of the backend session ended it; the node is well. */
  | 'session-limit'
  /** It says something about the moment, not about the statement or what it is about. */
  | 'momentary'
  /** The same request may succeed later: HTTP 503. */
  | 'transient';

interface Row {
  /** A SQLSTATE, or the beginning that a class of them has. */
  readonly states: string;
  readonly name: string;
  readonly means: readonly SqlStateMeaning[];
}

/**
 * Every SQLSTATE that is read anywhere, once (PostgreSQL manual, appendix A); of several rows that fit, the longest counts. None is
 * read to find out whether a connection or a node is at fault: a function may raise any of them, and a foreign server's come through as an
 * ordinary ERROR. That is told by what the server does next, see ErrorVerdict.
 */
export const SQLSTATES: readonly Row[] = [
  { states: '08', name: 'connection_exception', means: ['transient'] },
  {
    states: '08P01',
    name: 'protocol_violation: too many values or too few, a mistake in the code',
    means: [],
  },
  { states: '0A000', name: 'feature_not_supported', means: ['unsupported-on-replica'] },
  { states: '25006', name: 'read_only_sql_transaction', means: ['read-only', 'transient'] },
  { states: '25P02', name: 'in_failed_sql_transaction', means: ['aborted'] },
  { states: '25P03', name: 'idle_in_transaction_session_timeout', means: ['session-limit'] },
  { states: '25P04', name: 'transaction_timeout', means: ['session-limit'] },
  { states: '40', name: 'transaction_rollback', means: ['momentary'] },
  { states: '40001', name: 'serialization_failure', means: ['retryable', 'momentary', 'transient'] },
  { states: '40P01', name: 'deadlock_detected', means: ['retryable', 'momentary', 'transient'] },
  { states: '53', name: 'insufficient_resources', means: ['momentary', 'transient'] },
  {
    states: '55',
    name: 'object_not_in_prerequisite_state: a lock was not to be had in time, …',
    means: ['momentary'],
  },
  { states: '57', name: 'operator_intervention', means: ['momentary'] },
  { states: '57P', name: 'the server is starting up or shutting down', means: ['momentary', 'transient'] },
  { states: '57P05', name: 'idle_session_timeout', means: ['session-limit', 'momentary', 'transient'] },
];

/** SQLSTATE of an error of PostgreSQL; undefined for any other. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  // No class of SQLSTATE starts with E; codes of the operating system (EPIPE) do.
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}

/** Whether the error's SQLSTATE means this. False for an error without one. */
export function sqlStateMeans(error: unknown, meaning: SqlStateMeaning): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return false;
  const [best] = SQLSTATES.filter(({ states }) => state.startsWith(states)).sort(
    (a, b) => b.states.length - a.states.length,
  );
  return best?.means.includes(meaning) ?? false;
}
