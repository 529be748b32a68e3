import { DatabaseError } from 'pg';

const MESSAGES: Readonly<Record<string, string>> = {
  '25006': 'cannot execute the statement in a read-only transaction',
  '25P02': 'current transaction is aborted, commands ignored until end of transaction block',
  '25P03': 'terminating connection due to idle-in-transaction timeout',
  '40001': 'could not serialize access due to concurrent update',
  '40P01': 'deadlock detected',
  '53300': 'sorry, too many clients already',
  '57014': 'canceling statement',
  '57P01': 'terminating connection due to administrator command',
  '57P03': 'the database system is starting up',
};

/** An error of a server, as the driver makes it. */
export function serverError(code: string, message = MESSAGES[code] ?? code): Error {
  const error = new DatabaseError(message, message.length, 'error');
  error.code = code;
  error.severity = /^(57P|53|25P03)/.test(code) ? 'FATAL' : 'ERROR';
  return error;
}

/** The error of a socket. */
export function socketError(code: string): Error {
  return Object.assign(new Error(`${code}: the connection is gone`), { code });
}
