import type { TokenPosition } from '../history/lines';
import type { HistoryIndex } from './history-index';
import { type Violation, violationOf } from './violation';

/** An answer's token stands for at least what the request's stood for. */
export function tokenViolations({ operations }: HistoryIndex): Violation[] {
  return operations
    .filter(({ tokenIn, tokenOut }) => tokenIn && tokenOut && isBefore(tokenOut, tokenIn))
    .map((operation) => {
      const { tokenIn, tokenOut } = operation;
      return violationOf('tokens-never-go-back', operation, `${textOf(tokenIn)} became ${textOf(tokenOut)}`);
    });
}

/** What the pool and the services say of a token that they do not believe. */
const REFUSALS = ['CONSISTENCY_TOKEN_INVALID', 'urn:problem:consistency-token'];

/** Nobody forges tokens in these histories: one that is refused was given out before. */
export function refusalViolations({ operations }: HistoryIndex): Violation[] {
  return operations
    .filter(({ error = '' }) => REFUSALS.some((refusal) => error.includes(refusal)))
    .map((operation) => violationOf('genuine-tokens-accepted', operation, operation.error ?? ''));
}

/** Of two timelines the newer is later, wherever on the older one the session was. */
function isBefore(one: TokenPosition, other: TokenPosition): boolean {
  if (one.timeline !== other.timeline) return one.timeline < other.timeline;
  return BigInt(one.lsn) < BigInt(other.lsn);
}

function textOf(token: TokenPosition | undefined): string {
  return token === undefined ? 'none' : `timeline ${token.timeline} at ${token.lsn}`;
}
