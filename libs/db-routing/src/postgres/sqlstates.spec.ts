import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SQLSTATES, sqlStateMeans, type SqlStateMeaning, sqlStateOf } from './sqlstates';

function error(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

describe('SQLSTATEs', () => {
  it('are told from codes of the operating system', () => {
    expect(sqlStateOf(error('x', '23505'))).toBe('23505');
    expect(sqlStateOf(error('x', 'ECONNRESET'))).toBeUndefined();
    expect(sqlStateOf(error('x', 'EPIPE'))).toBeUndefined();
    expect(sqlStateOf(undefined)).toBeUndefined();
  });

  it.each<[string, SqlStateMeaning, string | undefined, boolean]>([
    ['a refusal to write', 'read-only', '25006', true],
    ['what hot standby does not support', 'unsupported-on-replica', '0A000', true],
    ['a recovery conflict', 'retryable', '40001', true],
    ['a deadlock', 'retryable', '40P01', true],
    ['a duplicate key', 'retryable', '23505', false],
    ['an error without a SQLSTATE', 'retryable', undefined, false],
    ['the end of an idle transaction', 'session-limit', '25P03', true],
    ['the end of an idle session', 'session-limit', '57P05', true],
    ['a shutdown', 'session-limit', '57P01', false],
    ['a cancelled statement', 'momentary', '57014', true],
    ['a cancelled statement', 'transient', '57014', false],
    ['a lock that was not to be had', 'momentary', '55P03', true],
    ['a type that is gone', 'momentary', 'XX000', false],
    ['a value out of range', 'momentary', '22003', false],
    ['a foreign server that is gone', 'transient', '08006', true],
    ['values that are too many', 'transient', '08P01', false],
    ['a full disk', 'transient', '53100', true],
    ['a shutdown', 'transient', '57P01', true],
    ['a write on a node that has become a replica', 'transient', '25006', true],
  ])('of %s: %s', (_, meaning, code, expected) => {
    expect(sqlStateMeans(error('x', code), meaning)).toBe(expected);
  });

  it('are listed in docs/errors.md with what they mean, and no others', () => {
    const documented = readFileSync(resolve(__dirname, '../../../../docs/errors.md'), 'utf8')
      .split('\n')
      .map((line) => /^\| `([0-9A-Z]{2,5})…?` +\| .+ \| ([a-z, -]+?) +\|$/.exec(line))
      .filter((row) => row !== null)
      .map(([, states, means]) => `${states}: ${means}`);
    expect(documented).toEqual(
      SQLSTATES.map(({ states, means }) => `${states}: ${means.join(', ') || 'none'}`),
    );
  });
});
