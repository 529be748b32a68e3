/** What this library does because of a SQLSTATE. */
export type SqlStateMeaning =
  /** The node refuses to write: it is a replica, the transaction is read-only, or a function raises it. */
  | 'read-only'
  /** Hot standby does not support the statement, which may succeed on the primary. */
  | 'unsupported-on-replica'
  /**
   * Nothing is wrong with the transaction: it may run again as a whole, and a read on a replica may run
   * elsewhere.
   */
  | 'retryable'
  /** The statement came later in a transaction that had already failed. */
  | 'aborted'
  /** A limit ended the backend session; the node is well. */
  | 'session-limit'
  /** The error is about the moment, not about the statement or its data. */
  | 'momentary'
  /** The same request may succeed later: HTTP 503. */
  | 'transient';

interface Row {
  /** A SQLSTATE, or the prefix that a class of them shares. */
  readonly states: string;
  readonly name: string;
  readonly means: readonly SqlStateMeaning[];
}

/**
 * Every SQLSTATE that this library reads (PostgreSQL manual, appendix A); when several rows match, the
 * longest prefix counts. None of them decides whether a connection or a node is at fault: a function may
 * raise any of them, and those of a foreign server arrive as an ordinary ERROR. What the server does next
 * decides that, see ErrorVerdict.
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
    name: 'object_not_in_prerequisite_state: a lock was not available in time, …',
    means: ['momentary'],
  },
  { states: '57', name: 'operator_intervention', means: ['momentary'] },
  { states: '57P', name: 'the server is starting up or shutting down', means: ['momentary', 'transient'] },
  { states: '57P05', name: 'idle_session_timeout', means: ['session-limit', 'momentary', 'transient'] },
];

/** Returns the SQLSTATE of an error from PostgreSQL; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  // No class of SQLSTATE starts with E; codes of the operating system (EPIPE) do.
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}

/** Whether the error's SQLSTATE has this meaning. False for an error without a SQLSTATE. */
export function sqlStateMeans(error: unknown, meaning: SqlStateMeaning): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return false;
  const [best] = SQLSTATES.filter(({ states }) => state.startsWith(states)).sort(
    (a, b) => b.states.length - a.states.length,
  );
  return best?.means.includes(meaning) ?? false;
}
