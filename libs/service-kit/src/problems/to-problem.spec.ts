import {
  CommitOutcomeUnknownError,
  ConnectionLostError,
  NoPrimaryError,
  TransactionEndedError,
  WriteOutcomeUnknownError,
} from 'db-routing';
import { ForbiddenException, InternalServerErrorException, NotFoundException } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { Problem } from './problem';
import { toProblem } from './to-problem';

const postgresError = (code: string) => Object.assign(new Error('secret detail'), { code });
const throughTypeOrm = (error: Error) => new QueryFailedError('SELECT secret', [], error);

describe('toProblem', () => {
  it('returns a problem unchanged', () => {
    const problem = new Problem({ status: 409, detail: 'taken' });
    expect(toProblem(problem)).toBe(problem);
  });

  it.each<[Error, number, string, string | undefined]>([
    [new NotFoundException('Cannot GET /x'), 404, 'Not Found', 'Cannot GET /x'],
    [new ForbiddenException(), 403, 'Forbidden', 'Forbidden'],
    [new InternalServerErrorException('secret detail'), 500, 'Internal Server Error', undefined],
  ])('keeps the status of %s, and hides the message of a server error', (error, status, title, detail) => {
    const problem = toProblem(error);
    expect(problem.getStatus()).toBe(status);
    expect(problem).toMatchObject({ type: 'about:blank', title });
    expect(problem.detail).toBe(detail);
  });

  it.each([
    ['no primary', new NoPrimaryError('secret detail')],
    ['a lost connection, as TypeORM wraps it', throughTypeOrm(new ConnectionLostError('secret:5432'))],
    ['a cause further down', new Error('outer', { cause: new NoPrimaryError('secret detail') })],
    ['a server shutting down', throughTypeOrm(postgresError('57P01'))],
    ['too many connections', postgresError('53300')],
    ['a deadlock', throughTypeOrm(postgresError('40P01'))],
    ['a server that became read-only', throughTypeOrm(postgresError('25006'))],
  ])('answers 503 with Retry-After and no internal details for %s', (_what, error) => {
    const problem = toProblem(error);
    expect(problem.getStatus()).toBe(503);
    expect(Number(problem.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(JSON.stringify([problem.title, problem.detail, problem.errors])).not.toMatch(/secret|primary/);
  });

  it('answers 500 when a statement has too many values, because a retry would not help', () => {
    expect(toProblem(throughTypeOrm(postgresError('08P01'))).getStatus()).toBe(500);
  });

  it('rounds Retry-After up to whole seconds', () => {
    class Later extends NoPrimaryError {
      override readonly retryAfterMs = 2_100;
    }
    expect(toProblem(new Later('x')).headers['retry-after']).toBe('3');
  });

  it.each([
    ['COMMIT', new CommitOutcomeUnknownError('PlaceOrder.execute', 'answer')],
    ['write', throughTypeOrm(new WriteOutcomeUnknownError('answer'))],
  ])(
    'reports an unknown outcome for a %s whose answer was lost, and how to learn the outcome',
    (_what, error) => {
      const problem = toProblem(error);
      expect(problem.getStatus()).toBe(503);
      expect(problem.type).toBe('urn:problem:outcome-unknown');
      expect(problem.detail).toContain('Idempotency-Key');
    },
  );

  it.each([
    ['a bug', new TypeError('secret detail')],
    ['a misuse of transactions', new TransactionEndedError('secret scope', 'committed')],
    ['an invalid statement', throughTypeOrm(postgresError('42P01'))],
    ['a thrown value that is not an error', 'secret detail'],
    ['nothing thrown', undefined],
  ])('answers 500 with no internal details for %s', (_what, error) => {
    const problem = toProblem(error);
    expect(problem.getStatus()).toBe(500);
    expect(JSON.stringify([problem.title, problem.detail, problem.errors, problem.headers])).not.toContain(
      'secret',
    );
  });

  it('answers 499 when the client disconnects while sending its body', () => {
    const error = Object.assign(new Error('aborted'), { code: 'ECONNRESET', statusCode: 400 });
    expect(toProblem(error).getStatus()).toBe(499);
  });

  it('answers 500 for a reset of any other connection', () => {
    const error = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(toProblem(error).getStatus()).toBe(500);
  });

  it('handles a circular cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(toProblem(error).getStatus()).toBe(500);
  });
});
