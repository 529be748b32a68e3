/** SQLSTATE of an error of PostgreSQL, wherever a wrapper has put it. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  // No class of SQLSTATE starts with E; codes of the operating system (EPIPE) do.
  return typeof code === 'string' && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : undefined;
}

/** admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout; 25P03: the server ended an idle transaction. */
const SESSION_ENDING = new Set(['57P01', '57P02', '57P03', '57P05', '25P03']);

/** What the driver says of a broken connection, in errors that have no code. */
const DRIVER_BREAKS = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'Received unexpected',
];

/** Whether the connection, not the statement, is at fault: it must not be used again. */
export function isConnectionFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state = sqlStateOf(error);
  if (state !== undefined && !state.startsWith('E'))
    return SESSION_ENDING.has(state) || state.startsWith('08');
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return /^E[A-Z]+$/.test(code);
  return DRIVER_BREAKS.some((text) => error.message.startsWith(text));
}

/** read_only_sql_transaction: this node is, or has become, a replica. */
export function isReadOnlyRefusal(error: unknown): boolean {
  return sqlStateOf(error) === '25006';
}

/** A replica cancelled the read because replay needed what it was reading; the node is fine. */
export function isRecoveryConflict(error: unknown): boolean {
  return (
    sqlStateOf(error) === '40001' &&
    error instanceof Error &&
    error.message.includes('conflict with recovery')
  );
}

/** What the server says when it cannot run a plan any more that it has kept. */
const CACHED_PLAN_CHANGED = '0A000';
const NO_SUCH_STATEMENT = '26000';
const STATEMENT_EXISTS = '42P05';

/** Not the statement's fault, but that of its being prepared: it runs if it is not. Nothing of it was executed. */
export function isPlansFault(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === NO_SUCH_STATEMENT || state === STATEMENT_EXISTS) return true;
  // The same state says that a feature is missing; the message is translated, the routine is not.
  return (
    state === CACHED_PLAN_CHANGED && (error as { routine?: unknown }).routine === 'RevalidateCachedQuery'
  );
}
