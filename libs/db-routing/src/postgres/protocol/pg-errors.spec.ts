import { isMomentary, isReadOnlyRefusal, isRolledBack, isSessionLimit, sqlStateOf } from './pg-errors';

function error(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('errors of the driver and the server', () => {
  it('tells SQLSTATE from codes of the operating system', () => {
    expect(sqlStateOf(error('x', '23505'))).toBe('23505');
    expect(sqlStateOf(error('x', 'ECONNRESET'))).toBeUndefined();
    expect(sqlStateOf(error('x', 'EPIPE'))).toBeUndefined();
    expect(sqlStateOf(undefined)).toBeUndefined();
  });

  it.each([
    ['a refusal to write', isReadOnlyRefusal, '25006', true],
    ['a recovery conflict', isRolledBack, '40001', true],
    ['a buffer deadlock with recovery', isRolledBack, '40P01', true],
    ['a duplicate key', isRolledBack, '23505', false],
    ['the end of an idle transaction', isSessionLimit, '25P03', true],
    ['the end of an idle session', isSessionLimit, '57P05', true],
    ['a shutdown', isSessionLimit, '57P01', false],
    ['a cancelled statement', isMomentary, '57014', true],
    ['a lock that was not to be had', isMomentary, '55P03', true],
    ['a type that is gone', isMomentary, 'XX000', false],
    ['a value out of range', isMomentary, '22003', false],
  ])('knows %s', (_, says, code, expected) => {
    expect(says(error('x', code))).toBe(expected);
  });
});
