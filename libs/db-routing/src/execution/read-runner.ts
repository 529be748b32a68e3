import type { ServersBehindNames } from '../cluster/discovery/servers-behind-names';
import type { EngineErrors } from '../engine/engine';
import type { StatementResult } from '../engine/result';
import { OtherServerError, StalePositionError } from '../engine/stale-position-error';
import { ConnectFailedError, ConnectionLostError, PoolExhaustedError } from '../errors';
import type { Clock } from '../clock';
import type { Decision } from '../routing/decide';
import type { NodeLoad } from '../routing/node-load';
import { type Route, routeFor } from '../routing/route';
import { AutocommitStatement } from './autocommit-statement';
import type { Attempt, HedgedRead } from './hedging/hedge-race';
import type { HedgedReads } from './hedging/hedged-reads';
import type { Gate } from './limits/gate';
import type { GroupGates } from './limits/group-gates';
import type { RetryBudget } from './limits/retry-budget';
import type { NodeChoice } from './node-choice';
import type { PositionWaits } from './positions/position-waits';
import type { SessionRecovery } from './positions/session-recovery';
import type { StatementOutcome, StatementReports } from './reports';
import type { StatementRequest } from './statement-request';
import type { StatementRunner } from './statement-runner';
import type { WriteRunner } from './write-runner';

/** What reads are run with. */
export interface ReadRunnerParts {
  readonly clock: Clock;
  readonly errors: EngineErrors;
  readonly choice: NodeChoice;
  readonly statements: StatementRunner;
  readonly reports: StatementReports;
  readonly gates: GroupGates;
  readonly budget: RetryBudget;
  /** Reads that no replica can serve pass here on their way to the primary. */
  readonly spill: Gate;
  readonly waits: PositionWaits;
  readonly recovery: SessionRecovery;
  readonly load: NodeLoad;
  /** undefined: no read is sent to two nodes at once. */
  readonly hedges: HedgedReads | undefined;
  readonly servers: ServersBehindNames;
  /** For what turns out to write. */
  readonly writes: WriteRunner;
  /** Called when a replica refused what was taken for a read, and the primary has accepted it. */
  readonly onReadRefused: (text: string) => void;
}

/** A read is tried on one replica, on another, and on the primary. */
const MAX_ATTEMPTS = 3;

/** Runs autocommit reads: nothing that one does is lost by running it again elsewhere. */
export class ReadRunner {
  constructor(private readonly parts: ReadRunnerParts) {}

  /** One autocommit read. */
  async run(need: Route, request: StatementRequest): Promise<StatementResult> {
    const { gates, recovery } = this.parts;
    const leave = need.group && (await gates.enter(need.group));
    try {
      return await this.#tryNodes(need, request);
    } catch (error) {
      if (!(await recovery.hasHelped(request.session, error))) throw error;
      return await this.#tryNodes(need, request);
    } finally {
      leave?.();
    }
  }

  async #tryNodes(need: Route, request: StatementRequest): Promise<StatementResult> {
    const { budget, choice, hedges, errors, onReadRefused, clock, statements, reports } = this.parts;
    const failed = new Set<string>();
    let refusal: unknown;
    let hasWaited = false;
    let hasAskedAgain = false;
    const ofSession = routeFor(need, request.session, choice.snapshot);
    const given = new AutocommitStatement(request, statements, reports, clock);
    let target = ofSession;
    budget.deposit();
    for (let attempt = 1; ;) {
      let decision = choice.decide(target, failed);
      let statement = given;
      try {
        let result: StatementResult;
        if (hedges && mayBeHedged(decision, target)) {
          const end = await hedges.run(this.#hedged(target, { decision, statement }, failed));
          ({ decision, statement } = end);
          if ('error' in end) throw end.error;
          ({ result } = end);
        } else {
          result = await this.#attempt(decision, target, statement);
        }
        statement.report(decision, 'answered');
        // Only now it is known that it was the replica's refusal, and not the statement's own fault.
        if (refusal !== undefined && need.text !== undefined) onReadRefused(need.text);
        return result;
      } catch (error) {
        if (error instanceof StalePositionError) {
          statement.report(decision, 'stale', error);
          if (error instanceof OtherServerError && !hasAskedAgain) {
            // It may be the primary by now, and the only one to have what is needed.
            hasAskedAgain = true;
            await this.parts.servers.isOther(decision.node, error.position?.startedAt);
            if (!this.#isOneOfSeveral(decision, failed)) continue;
          }
          // One wait for one read: one that has waited in vain goes where the data is.
          if (
            this.#isOneOfSeveral(decision, failed) ||
            hasWaited ||
            !(await this.#catchesUp(decision, target))
          ) {
            failed.add(decision.node.address.name);
          }
          hasWaited = true;
          continue;
        }
        failed.add(decision.node.address.name);
        if (target.target === 'replica' && this.#isRefusedByReplica(error, decision)) {
          const hasPrimary = choice.snapshot.primary !== undefined;
          statement.report(decision, hasPrimary ? 'retried' : 'failed', error);
          if (!hasPrimary) throw error;
          target = { ...ofSession, target: 'primary', reason: 'refused-by-replica', group: undefined };
          // It writes: from now on it must not run twice, as reads may.
          if (errors.isReadOnlyRefusal(error)) return await this.#asWrite(target, statement);
          refusal = error;
        } else {
          const isLost = this.#isNodesFault(error, decision);
          const isRetried = isLost && attempt < MAX_ATTEMPTS && this.#mayRetry(target, failed);
          statement.report(decision, isRetried ? 'retried' : isLost ? 'lost' : 'failed', error);
          if (!isRetried) throw error;
        }
        attempt += 1;
      }
    }
  }

  async #asWrite(target: Route, statement: AutocommitStatement): Promise<StatementResult> {
    const result = await this.parts.writes.runStatement(target, statement.asWrite(), true);
    if (target.text !== undefined) this.parts.onReadRefused(target.text);
    return result;
  }

  async #attempt(decision: Decision, route: Route, statement: AutocommitStatement): Promise<StatementResult> {
    const { spill, choice } = this.parts;
    // Writes have no other place to go: reads that could not be served elsewhere must not crowd them out. Where there never was a
    // replica, the primary serves reads in no replica's place.
    const { role, isFenced } = decision.node;
    const isSpilled =
      route.target === 'replica' && role === 'primary' && !isFenced && choice.snapshot.expectsReplicas;
    const leave = isSpilled ? await spill.enter() : undefined;
    try {
      return await statement.send(decision, route);
    } finally {
      leave?.();
    }
  }

  #hedged(route: Route, first: Attempt, failed: Set<string>): HedgedRead {
    return {
      route,
      text: route.text ?? '',
      first,
      second: () => this.#second(route, first, failed),
      onPassed: ({ decision, statement }, error) => {
        failed.add(decision.node.address.name);
        statement.report(decision, this.#outcomeBeside(error, decision), error);
      },
    };
  }

  /** Another replica that would have served the read just as well. */
  #second(route: Route, { decision, statement }: Attempt, failed: ReadonlySet<string>): Attempt | undefined {
    const { choice, load } = this.parts;
    try {
      const second = choice.decide(route, new Set([...failed, decision.node.address.name]));
      if (!mayBeHedged(second, route) || load.isSlow(second.node)) return undefined;
      return { decision: { node: second.node, reason: 'hedge' }, statement: statement.beside() };
    } catch {
      return undefined;
    }
  }

  /** Whether the next answer would be another server's: then none of its kind is asked again for this read. */
  #isOneOfSeveral({ node }: Decision, failed: Set<string>): boolean {
    const { servers } = this.parts;
    if (!servers.leadsToSeveral(node)) return false;
    for (const name of servers.several) failed.add(name);
    return true;
  }

  async #catchesUp({ node }: Decision, { position }: Route): Promise<boolean> {
    if (!position || node.role !== 'replica') return false;
    return this.parts.waits.forPosition(node, position.log);
  }

  #mayRetry(target: Route, failed: ReadonlySet<string>): boolean {
    try {
      this.parts.choice.decide(target, failed);
    } catch {
      return false;
    }
    return this.parts.budget.withdraw();
  }

  /** Of an attempt that failed while another one was under way. */
  #outcomeBeside(error: unknown, decision: Decision): StatementOutcome {
    if (error instanceof StalePositionError) return 'stale';
    return this.#isNodesFault(error, decision) ? 'retried' : 'failed';
  }

  /** Whether the same read may well succeed elsewhere. */
  #isNodesFault(error: unknown, { node }: Decision): boolean {
    return (
      error instanceof ConnectionLostError ||
      error instanceof ConnectFailedError ||
      (error instanceof PoolExhaustedError && error.limit === 'acquireTimeoutMs') ||
      (node.role === 'replica' && this.parts.errors.isRolledBack(error))
    );
  }

  #isRefusedByReplica(error: unknown, { node }: Decision): boolean {
    const { errors } = this.parts;
    return (
      errors.isReadOnlyRefusal(error) || (node.role === 'replica' && errors.isUnsupportedOnReplica(error))
    );
  }
}

/** Served by a replica because it is meant to be: not by the primary, nor by what is left when nothing is fit. A group's limit counts reads, not attempts. */
function mayBeHedged({ node, reason }: Decision, { target, reason: asked, group }: Route): boolean {
  return (
    target === 'replica' && node.role === 'replica' && reason === asked && group?.maxConcurrent === undefined
  );
}
