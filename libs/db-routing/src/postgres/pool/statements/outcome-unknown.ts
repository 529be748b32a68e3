import type { Statement } from '../../../engine/statement';
import { CommitOutcomeUnknownError, ConnectionLostError, WriteOutcomeUnknownError } from '../../../errors';
import { QueryReadTimeoutError } from '../../protocol/query-timeout';
import { isPlainRead } from './statement-traits';

/**
 * The error when the answer is lost of a client's statement that may have been committed; otherwise
 * undefined. `begin`: the text of the BEGIN that opened its transaction.
 */
export function outcomeUnknown(
  statement: Statement,
  { isAutocommit, begin }: { readonly isAutocommit: boolean; readonly begin: string },
  cause: unknown,
): Error | undefined {
  if (!(cause instanceof ConnectionLostError || cause instanceof QueryReadTimeoutError)) return undefined;
  if (statement.kind === 'commit') return new CommitOutcomeUnknownError(begin, 'answer', { cause });
  return isAutocommit && !isPlainRead(statement)
    ? new WriteOutcomeUnknownError('answer', { cause })
    : undefined;
}
