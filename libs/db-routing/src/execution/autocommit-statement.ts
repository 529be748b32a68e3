import type { Clock } from '../clock';
import type { ConsistencyLevel } from '../consistency/read-requirement';
import type { StatementResult } from '../engine/result';
import { RequestAbortedError, RequestTimeoutError } from '../errors';
import type { Decision } from '../routing/decide';
import type { Route } from '../routing/route';
import type { StatementOutcome, StatementReports } from './reports';
import type { Sending, StatementRequest } from './statement-request';
import type { StatementRunner } from './statement-runner';

/** One autocommit statement while the runners try it on one node after another. */
export class AutocommitStatement implements Sending {
  /** Whether the current attempt has sent it on an exclusive connection. */
  isSent = false;
  /** See Sending. It is sent with the first attempt. */
  sinceMs = Number.POSITIVE_INFINITY;
  #sentAtMs = 0;
  #level: ConsistencyLevel | undefined;

  constructor(
    readonly request: StatementRequest,
    private readonly statements: StatementRunner,
    private readonly reports: StatementReports,
    private readonly clock: Clock,
  ) {}

  send(decision: Decision, route: Route): Promise<StatementResult> {
    this.#sentAtMs = this.clock.now();
    this.sinceMs = Math.min(this.sinceMs, this.#sentAtMs);
    this.#level = this.request.work === 'read' ? (route.read?.level ?? 'session') : undefined;
    return this.statements.run(decision, route, this.request, this);
  }

  /** Reports how one attempt ended. */
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
      level: this.#level,
      stalenessMs: node.stalenessMs,
      error,
    });
  }

  /** A copy of the statement for a second attempt, which runs at the same time. */
  asSecond(): AutocommitStatement {
    return new AutocommitStatement(this.request, this.statements, this.reports, this.clock);
  }

  /** A copy of the statement for when a server's refusal has shown that it writes. */
  asWrite(): AutocommitStatement {
    const { request: read } = this;
    const request = { ...read, work: 'write', session: read.sessionOfWrite ?? read.session } as const;
    return new AutocommitStatement(request, this.statements, this.reports, this.clock);
  }
}
