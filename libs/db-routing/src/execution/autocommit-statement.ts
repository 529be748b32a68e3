import type { Clock } from '../clock';
import type { StatementResult } from '../engine/result';
import { RequestAbortedError, RequestTimeoutError } from '../errors';
import type { Decision } from '../routing/decide';
import type { Route } from '../routing/route';
import type { StatementOutcome, StatementReports } from './reports';
import type { StatementRequest } from './statement-request';
import type { StatementRunner } from './statement-runner';

/** One autocommit statement, as it is tried on one node after another. */
export class AutocommitStatement {
  #sentAtMs = 0;
  /** When it was sent first, on any node. */
  #sinceMs: number | undefined;

  constructor(
    readonly request: StatementRequest,
    private readonly statements: StatementRunner,
    private readonly reports: StatementReports,
    private readonly clock: Clock,
  ) {}

  /** Sends it to the node. */
  send(decision: Decision, route: Route): Promise<StatementResult> {
    this.#sentAtMs = this.clock.now();
    this.#sinceMs ??= this.#sentAtMs;
    return this.statements.run(decision, route, this.request, this.#sinceMs);
  }

  /** Called with how each try ended. */
  report({ node, reason }: Decision, outcome: StatementOutcome, error?: unknown): void {
    if (!this.reports.isWanted) return;
    const { text, work } = this.request;
    const isOver = error instanceof RequestTimeoutError || error instanceof RequestAbortedError;
    this.reports.statement({
      text,
      node: node.address.name,
      role: node.role,
      reason,
      work,
      outcome: isOver ? 'cancelled' : outcome,
      durationMs: this.clock.now() - this.#sentAtMs,
      error,
    });
  }

  /** The same statement, for a try beside this one. */
  beside(): AutocommitStatement {
    return new AutocommitStatement(this.request, this.statements, this.reports, this.clock);
  }

  /** The same statement, once it is known that it writes. */
  asWrite(): AutocommitStatement {
    const request = { ...this.request, work: 'write' } as const;
    return new AutocommitStatement(request, this.statements, this.reports, this.clock);
  }
}
