import { isConnectionFailure, isReadOnlyRefusal, isRecoveryConflict, sqlStateOf } from './pg-errors';

function error(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('errors of the driver and the server', () => {
  it.each([
    [error('terminating connection due to administrator command', '57P01'), true],
    [error('the database system is starting up', '57P03'), true],
    [error('connection failure', '08006'), true],
    [error('terminating connection due to idle-in-transaction timeout', '25P03'), true],
    [error('read ECONNRESET', 'ECONNRESET'), true],
    [error('write EPIPE', 'EPIPE'), true],
    [error('connect ECONNREFUSED', 'ECONNREFUSED'), true],
    [error('Connection terminated unexpectedly'), true],
    [error('Connection terminated due to connection timeout'), true],
    [error('Client has encountered a connection error and is not queryable'), true],
    [error('duplicate key', '23505'), false],
    [error('canceling statement due to conflict with recovery', '40001'), false],
    [error('division by zero', '22012'), false],
    [error('something else'), false],
    ['not an error', false],
  ])('%s breaks the connection: %s', (value, expected) => {
    expect(isConnectionFailure(value)).toBe(expected);
  });

  it('tells SQLSTATE from codes of the operating system', () => {
    expect(sqlStateOf(error('x', '23505'))).toBe('23505');
    expect(sqlStateOf(error('x', 'ECONNRESET'))).toBeUndefined();
    expect(sqlStateOf(error('x', 'EPIPE'))).toBeUndefined();
    expect(sqlStateOf(undefined)).toBeUndefined();
  });

  it('tells a refusal and a recovery conflict', () => {
    expect(isReadOnlyRefusal(error('cannot execute INSERT', '25006'))).toBe(true);
    expect(isRecoveryConflict(error('canceling statement due to conflict with recovery', '40001'))).toBe(
      true,
    );
    expect(isRecoveryConflict(error('could not serialize access', '40001'))).toBe(false);
  });
});
