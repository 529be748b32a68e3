/**
 * What SQLSTATEs are read for. Never to find out whether a connection or a node is at fault: a function may raise any of them, and a
 * foreign server's come through as an ordinary ERROR. That is told by what the server does next, see ErrorVerdict.
 */

/** SQLSTATE of an error of PostgreSQL, wherever a wrapper has put it. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  // No class of SQLSTATE starts with E; codes of the operating system (EPIPE) do.
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}

/** read_only_sql_transaction: the node is a replica, or the transaction is read-only, or a function raises it. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return sqlStateOf(error) === '25006';
}

/**
 * transaction_rollback: on a replica, where nothing is serialized and nothing locked, replay needed what the statement was reading. The
 * message would say so, too, but in the server's language.
 */
export function isRolledBack(error: unknown): boolean {
  return sqlStateOf(error)?.startsWith('40') === true;
}

/** idle_in_transaction_session_timeout, transaction_timeout, idle_session_timeout. */
const SESSION_LIMITS = new Set(['25P03', '25P04', '57P05']);

/** Of an error that has ended its session: a limit of that session did, and the node is well. */
export function isSessionLimit(error: unknown): boolean {
  return SESSION_LIMITS.has(sqlStateOf(error) ?? '');
}

/** transaction_rollback, insufficient_resources, object_not_in_prerequisite_state (a lock's time is over), operator_intervention. */
const MOMENTARY = /^(40|53|55|57)/;

/** It says something about the moment, not about the statement or what it is about. */
export function isMomentary(error: unknown): boolean {
  return MOMENTARY.test(sqlStateOf(error) ?? '');
}
