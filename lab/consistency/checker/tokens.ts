import type { TokenPosition } from '../history/lines';
import type { HistoryIndex } from './history-index';
import { type Violation, violationOf } from './violation';

/** An answer's token covers at least what the request's token covers. */
export function tokenViolations({ operations }: HistoryIndex): Violation[] {
  return operations
    .filter(({ tokenIn, tokenOut }) => tokenIn && tokenOut && isBefore(tokenOut, tokenIn))
    .map((operation) => {
      const { tokenIn, tokenOut } = operation;
      return violationOf('tokens-never-go-back', operation, `${textOf(tokenIn)} became ${textOf(tokenOut)}`);
    });
}

/** The errors of the pool and the services for an invalid token. */
const REFUSALS = ['CONSISTENCY_TOKEN_INVALID', 'urn:problem:consistency-token'];

/** No one forges tokens in these histories, so a refused token is one that was issued. */
export function refusalViolations({ operations }: HistoryIndex): Violation[] {
  return operations
    .filter(({ error }) => error !== undefined && REFUSALS.some((refusal) => error.includes(refusal)))
    .map((operation) => violationOf('genuine-tokens-accepted', operation, operation.error ?? ''));
}

/** A newer timeline is later, regardless of the position on the older one. */
function isBefore(one: TokenPosition, other: TokenPosition): boolean {
  if (one.timeline !== other.timeline) return one.timeline < other.timeline;
  return one.lsn !== other.lsn && BigInt(one.lsn) < BigInt(other.lsn);
}

function textOf(token: TokenPosition | undefined): string {
  return token === undefined ? 'none' : `timeline ${token.timeline} at ${token.lsn}`;
}
