import type { Clock } from '../clock';
import { RequestAbortedError, RequestTimeoutError } from '../errors';
import type { Decision } from '../routing/decide';
import { type AnyResult, textOf } from '../postgres/protocol/query-types';
import type { StatementOutcome, StatementReport } from './reports';
import type { Route } from '../routing/route';
import type { StatementRequest, StatementRunner } from './statement-runner';

/** One autocommit statement, as it is tried here and there, one node at a time. */
export interface Attempts {
  /** Sends it to the node. */
  send(decision: Decision, route: Route): Promise<AnyResult>;
  /** Told of each try how it ended. */
  ended?(decision: Decision, outcome: StatementOutcome, error?: unknown): void;
  /** The same statement, for a try beside this one; there where reads are hedged. */
  beside?(): Attempts;
  /** The same statement, once it is known that it writes. */
  asWrite(): Attempts;
}

export interface AttemptsOptions {
  readonly clock: Clock;
  /** undefined: reads are not hedged. */
  readonly hedging: unknown;
  /** Receives a report per try; undefined when no one listens. */
  readonly reporter: () => ((report: StatementReport) => void) | undefined;
}

/** The statement, as `statements` runs it on each node that is tried. */
export function attemptsAt(
  request: StatementRequest,
  statements: StatementRunner,
  options: AttemptsOptions,
): Attempts {
  const { clock, reporter, hedging } = options;
  const report = reporter();
  let sentAtMs = 0;
  let sinceMs: number | undefined;
  return {
    send: (decision, route) => {
      sentAtMs = clock.now();
      sinceMs ??= sentAtMs;
      return statements.run(decision, route, request, sinceMs);
    },
    ...(hedging !== undefined && { beside: () => attemptsAt(request, statements, options) }),
    asWrite: () => attemptsAt({ ...request, work: 'write' }, statements, options),
    ...(report && {
      ended: ({ node, reason }, outcome, error) => {
        const { input, work } = request;
        const isOver = error instanceof RequestTimeoutError || error instanceof RequestAbortedError;
        report({
          text: textOf(input),
          node: node.address.name,
          role: node.role,
          reason,
          work,
          outcome: isOver ? 'cancelled' : outcome,
          durationMs: clock.now() - sentAtMs,
          error,
        });
      },
    }),
  };
}
