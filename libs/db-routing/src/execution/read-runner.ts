import type { ServersBehindNames } from '../cluster/discovery/servers-behind-names';
import type { EngineErrors } from '../engine/engine';
import type { StatementResult } from '../engine/result';
import { OtherServerError, StalePositionError } from '../engine/stale-position-error';
import type { Clock } from '../clock';
import type { Decision } from '../routing/decide';
import type { NodeLoad } from '../routing/node-load';
import type { Route } from '../routing/route';
import { AutocommitStatement } from './autocommit-statement';
import type { Attempt, HedgedRead } from './hedging/hedge-race';
import type { HedgedReads } from './hedging/hedged-reads';
import type { Gate } from './limits/gate';
import type { GroupGates } from './limits/group-gates';
import { RequestLimits } from './limits/request-limits';
import type { RetryBudget } from './limits/retry-budget';
import type { NodeChoice } from './node-choice';
import type { PositionWaits } from './positions/position-waits';
import type { SessionRecovery } from './positions/session-recovery';
import { ReadFailures } from './read-failures';
import type { StatementReports } from './reports';
import type { StatementRequest } from './statement-request';
import type { StatementRunner } from './statement-runner';
import type { WriteRunner } from './write-runner';

/** The parts that ReadRunner works with. */
export interface ReadRunnerParts {
  readonly clock: Clock;
  readonly errors: EngineErrors;
  readonly choice: NodeChoice;
  readonly statements: StatementRunner;
  readonly reports: StatementReports;
  readonly gates: GroupGates;
  readonly budget: RetryBudget;
  /** The gate for spilled reads. */
  readonly spill: Gate;
  readonly waits: PositionWaits;
  readonly recovery: SessionRecovery;
  readonly load: NodeLoad;
  /** Undefined: no read is hedged. */
  readonly hedges: HedgedReads | undefined;
  readonly servers: ServersBehindNames;
  /** Runs statements that turn out to write. */
  readonly writes: WriteRunner;
  /**
   * Called with the text of a statement that was classified as a read, that a replica refused and the primary
   * accepted.
   */
  readonly onReadRefused: (text: string) => void;
}

/** Internal: a server has refused the read, because it writes. */
class RefusedReadError extends Error {
  constructor(
    readonly target: Route,
    readonly statement: AutocommitStatement,
  ) {
    super('the read was refused because it writes');
  }
}

/** One replica, another one, and the primary. */
const MAX_ATTEMPTS = 3;

/**
 * Runs autocommit reads. A read can run again on another node without harm: one that turns out to write is
 * refused wherever it arrives.
 */
export class ReadRunner {
  readonly #failures: ReadFailures;

  constructor(private readonly parts: ReadRunnerParts) {
    this.#failures = new ReadFailures(parts.errors);
  }

  /**
   * Runs one autocommit read, within the limits of its request. Rejects with PostgreSQL's error, with a
   * RoutingError when no node can serve the read, with the error of the last node that failed, or with what
   * WriteRunner.run() throws.
   */
  run(need: Route, request: StatementRequest): Promise<StatementResult> {
    const read = this.#read(need, request);
    const limited = RequestLimits.current()?.within(read) ?? read;
    return limited.catch((error: unknown) => {
      if (!(error instanceof RefusedReadError)) throw error;
      // Not within the limits of the read, which would not tell that a write may have been executed.
      return this.parts.writes.runRefused(error.target, error.statement);
    });
  }

  async #read(need: Route, request: StatementRequest): Promise<StatementResult> {
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
    const route = choice.routeOf(need, request.session);
    // Usually there is nothing to wait for.
    const ofSession = route instanceof Promise ? await route : route;
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
        // Only the primary's answer shows that the refusal was the replica's, not an error of the statement.
        if (refusal !== undefined && need.text !== undefined) onReadRefused(need.text);
        return result;
      } catch (error) {
        if (error instanceof StalePositionError) {
          statement.report(decision, 'stale', error);
          if (error instanceof OtherServerError && !hasAskedAgain) {
            // The node may have become the primary, and be the only one that has the position.
            hasAskedAgain = true;
            await this.parts.servers.isOther(decision.node, error.position?.startedAt);
            if (!this.#isOneOfSeveral(decision, failed)) continue;
          }
          // A read waits once; if the replica is still behind, it goes where the data is.
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
        const isWrite = errors.isReadOnlyRefusal(error);
        if (isWrite || this.#failures.isUnsupportedOnReplica(error, decision)) {
          const hasPrimary = choice.snapshot.primary !== undefined;
          statement.report(decision, hasPrimary ? 'retried' : 'failed', error);
          if (!hasPrimary) throw error;
          target = { ...ofSession, target: 'primary', reason: 'refused-by-replica', group: undefined };
          if (isWrite) throw new RefusedReadError(target, statement);
          refusal = error;
        } else {
          const isLost = this.#failures.isNodesFault(error, decision);
          const isRetried = isLost && attempt < MAX_ATTEMPTS && this.#mayRetry(target, failed);
          statement.report(decision, isRetried ? 'retried' : isLost ? 'lost' : 'failed', error);
          if (!isRetried) throw error;
        }
        attempt += 1;
      }
    }
  }

  #attempt(decision: Decision, route: Route, statement: AutocommitStatement): Promise<StatementResult> {
    // Writes can run only on the primary, so spilled reads must not crowd them out. In a cluster that never
    // had a replica, reads on the primary are not spilled.
    const { role, isFenced } = decision.node;
    const isOnPrimary = role === 'primary' && !isFenced;
    const isSpilled = isOnPrimary && route.target === 'replica' && this.parts.choice.snapshot.expectsReplicas;
    return isSpilled ? this.#spill(decision, route, statement) : statement.send(decision, route);
  }

  async #spill(decision: Decision, route: Route, statement: AutocommitStatement): Promise<StatementResult> {
    const leave = await this.parts.spill.enter();
    try {
      return await statement.send(decision, route);
    } finally {
      leave();
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
        statement.report(decision, this.#failures.outcomeOfPassed(error, decision), error);
      },
    };
  }

  /** Chooses another replica that could have served the read just as well. */
  #second(route: Route, { decision, statement }: Attempt, failed: ReadonlySet<string>): Attempt | undefined {
    const { choice, load } = this.parts;
    try {
      const second = choice.decide(route, new Set([...failed, decision.node.address.name]));
      if (!mayBeHedged(second, route) || load.isSlow(second.node)) return undefined;
      return { decision: { node: second.node, reason: 'hedge' }, statement: statement.asSecond() };
    } catch {
      return undefined;
    }
  }

  /**
   * Whether the node's name leads to several servers, so that the next answer may come from another one. If
   * so, marks all such names as failed for this read.
   */
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
}

/**
 * Whether the read may be hedged: only when a replica serves it as intended, and not the primary or a last
 * resort. A group's limit counts reads, not attempts, so its reads are not hedged.
 */
function mayBeHedged({ node, reason }: Decision, { target, reason: asked, group }: Route): boolean {
  return (
    target === 'replica' && node.role === 'replica' && reason === asked && group?.maxConcurrent === undefined
  );
}
