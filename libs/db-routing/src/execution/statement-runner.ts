import type { QueryConfig } from 'pg';
import type { Clock } from '../clock';
import type { Position } from '../engine/position';
import type { Session } from '../consistency/session';
import {
  ConnectionLostError,
  InvalidConsistencyTokenError,
  TransactionControlError,
  WriteOutcomeUnknownError,
} from '../errors';
import type { Decision } from '../routing/decide';
import { RouteTrace } from '../routing/route-trace';
import type { StatementKind } from '../engine/statement';
import type { NodeStatus } from '../cluster/topology/snapshot';
import type { LaneAnswer, LaneRead, LaneTicket } from '../postgres/lanes/lane-read';
import { OtherServerError, StalePositionError } from '../engine/stale-position-error';
import type { StatementHabits } from '../postgres/lanes/statement-habits';
import type { NodeConnection } from '../postgres/connections/node-connection';
import { askReadOnly } from '../postgres/connections/ask-read-only';
import type { NodePool } from '../postgres/connections/node-pool';
import { QueryReadTimeoutError } from '../postgres/protocol/query-timeout';
import { type AnyResult, textOf } from '../postgres/protocol/query-types';
import { RequestLimits } from './request-limits';
import type { Route } from '../routing/route';
import { isServerOf, mustProve, positionOf } from './positions/position-of-node';
import { StatementLimit } from './statement-limit';
import type { PooledStatement } from '../postgres/connections/transaction-pooler';

/** One autocommit statement, as it was given. */
export interface StatementRequest {
  readonly input: QueryConfig | string;
  readonly values: unknown[] | undefined;
  readonly work: 'read' | 'write';
  readonly kind?: StatementKind | undefined;
  /** Whose knowledge of the data moves on by the answer. */
  readonly session?: Session | undefined;
  /** Whether it is one of the statements that a request asks for. Default true. */
  readonly isTraced?: boolean;
  /** Takes over the connection of its own that the statement is about to run on. Default: it goes back. */
  readonly keep?: ((connection: NodeConnection) => void) | undefined;
  /** It leaves something on its connection that no other borrower may find there. */
  readonly changesSession?: boolean;
  /** See Statement. */
  readonly outlivesDiscard?: boolean | undefined;
  /** Only the server knows whether a transaction is open when it is answered. */
  readonly mayOpenTransaction?: boolean;
  /** It may commit part of what it does and fail afterwards. */
  readonly mayCommitAndFail?: boolean;
}

/** `isOpen`: the server said with it that a transaction is open. */
type OwnAnswer = LaneAnswer & { readonly isOpen?: boolean };

export interface StatementRunnerOptions {
  readonly clock: Clock;
  readonly poolOf: (node: NodeStatus) => NodePool;
  /** A statement was answered by the node, after so long; not told of reads that would be slow on any node. */
  readonly onServed: (node: NodeStatus, latencyMs: number) => void;
  /** A server said how far its data reaches; `isBehind`: not far enough. */
  readonly onPosition: (
    node: NodeStatus,
    answer: NonNullable<LaneAnswer['position']>,
    isBehind: boolean,
  ) => void;
  /** A connection has proven, now or earlier, that the node's data reaches so far. */
  readonly onProven: (node: NodeStatus, answer: NonNullable<LaneAnswer['position']>) => void;
  /** What the monitor knows of the node is out of date. */
  readonly onOtherServer: (node: NodeStatus, startedAt: string | undefined) => void;
  /** Statements that are known to be slow or large would hold up those that they share a connection with. */
  readonly habits: StatementHabits;
  /** What a primary has after a write whose position got lost with its connection. Throws where none can say. */
  readonly askAgain: () => Promise<NonNullable<LaneAnswer['position']>>;
  /** A write is in what a primary has: whichever session it was of, the pool's own one knows it too. */
  readonly onWritten: (position: Position) => void;
}

/** Why BEGIN, COMMIT and ROLLBACK are refused on the pool. */
export const CONTROL_NEEDS_CLIENT =
  'each statement of a pool has a connection to itself; use one client of pool.connect(), or runInTransaction()';

/** Runs one autocommit statement on the node that was decided on, within all limits that hold for it. */
export class StatementRunner {
  constructor(private readonly options: StatementRunnerOptions) {}

  /** `sinceMs`: when it was sent for the first time, on whichever node. */
  async run(
    decision: Decision,
    route: Route,
    request: StatementRequest,
    sinceMs: number,
  ): Promise<AnyResult> {
    const { clock, onServed, onPosition, onOtherServer } = this.options;
    const { node } = decision;
    const startedAtMs = clock.now();
    const before = request.session?.needed;
    try {
      const answer = await this.#send(decision, route, request, sinceMs);
      const { session } = request;
      // What a transaction that is still open has written and seen, its COMMIT will tell.
      if (session && answer.isOpen !== true) {
        // Nearly every read outside of a session: nothing is learned, and nothing to wait for.
        if (request.work === 'read' && !session.followsReads) this.#checkProof(node, route, answer);
        else await this.#learn(node, route, request, session, answer, before);
      }
      if (this.#isMeasure(node, request, answer)) onServed(node, clock.now() - startedAtMs);
      return answer.result;
    } catch (error) {
      if (!(error instanceof StalePositionError)) {
        if (request.mayCommitAndFail && request.session) await this.#learnAfterFailure(node, request.session);
        throw error;
      }
      if (error instanceof OtherServerError) onOtherServer(node, error.position?.startedAt);
      else if (error.position) onPosition(node, error.position, true);
      // There is nowhere fresher to go: whoever runs this knows of connections, not of positions.
      throw node.role === 'primary' && !node.isFenced
        ? new ConnectionLostError(node.address.name, { cause: error })
        : error;
    }
  }

  #send(
    { node, reason }: Decision,
    route: Route,
    request: StatementRequest,
    sinceMs: number,
  ): Promise<OwnAnswer> {
    const pool = this.options.poolOf(node);
    const { input, values, session, work, isTraced = true, keep, mayOpenTransaction = false } = request;
    const read: LaneRead = {
      input,
      values,
      atLeast: mustProve(node) ? route.position?.log : undefined,
      // Asked in a transaction that has just begun, it would be its first query, and the isolation level could not be set any more.
      wantsPosition:
        session !== undefined && (work === 'write' || session.followsReads) && !mayOpenTransaction,
      sinceMs,
    };
    if (isTraced) traceRoute(node, reason);
    if (work === 'write' || route.timeoutMs !== undefined || keep !== undefined || node.isFenced)
      return this.#onOwnConnection(pool, read, route, request, node.isFenced);
    const { lanes, readsAlone } = pool;
    return lanes && !this.options.habits.needsExclusive(textOf(input))
      ? this.#withinLimits(lanes.start(read))
      : this.#withinLimits(readsAlone.start(read));
  }

  /** Whether the time that it took says something about the node. */
  #isMeasure(
    node: NodeStatus,
    { input, work }: StatementRequest,
    { isDelayed = false }: LaneAnswer,
  ): boolean {
    if (!isDelayed && !this.options.habits.needsExclusive(textOf(input))) return true;
    // Where there are no lanes every read is on its own, and there is nothing else to go by.
    return work === 'write' || !this.options.poolOf(node).lanes;
  }

  async #withinLimits(ticket: LaneTicket): Promise<LaneAnswer> {
    const limits = RequestLimits.current();
    if (!limits) return ticket.answer;
    const unwatch = limits.watch((error) => ticket.cancel(error));
    try {
      return await ticket.answer;
    } finally {
      unwatch();
    }
  }

  /** A write, or a read with a limit of its own: it can be cancelled, and no other statement waits behind it. */
  async #onOwnConnection(
    pool: NodePool,
    read: LaneRead,
    { timeoutMs, ruleLabel = 'a rule' }: Route,
    { work, kind, keep, changesSession = false, outlivesDiscard = false }: StatementRequest,
    isFenced = false,
  ): Promise<OwnAnswer> {
    const { clock, habits } = this.options;
    const connection = await pool.acquire({ isExpendable: work === 'read' && keep === undefined });
    if (changesSession) connection.markSessionState({ outlivesDiscard });
    const giveBack = () => {
      if (!keep) connection.release();
    };
    keep?.(connection);
    const limit =
      timeoutMs === undefined
        ? undefined
        : new StatementLimit(connection, { timeoutMs, rule: ruleLabel }, clock);
    // Nobody waits for the answer any more: the server need not work on it.
    let over: Error | undefined;
    let isLate = false;
    const unwatch = RequestLimits.current()?.watch((error) => {
      over = error;
      connection.stop(error, giveBack);
    });
    const askedAtMs = clock.now();
    try {
      if (over) throw over;
      const answer = isFenced
        ? await askReadOnly(connection, read)
        : await pool.ask(connection, statementOn(read, work, kind));
      habits.recordAlone(textOf(read.input), clock.now() - askedAtMs, answer.result);
      const isOpen = connection.isInTransaction;
      if (isOpen && !keep)
        throw new TransactionControlError('the pool', textOf(read.input), CONTROL_NEEDS_CLIENT);
      return { result: answer.result, position: answer.position, isOpen };
    } catch (error) {
      isLate = error instanceof QueryReadTimeoutError;
      // Not the node's fault: it must not be tried elsewhere.
      throw over ?? limit?.explain(error) ?? error;
    } finally {
      unwatch?.();
      limit?.end();
      if (isLate && !over && !keep) leaveLate(connection, work);
      else if (!over) giveBack();
    }
  }

  /** A read that moves no session on: the connection has proven what it needs, if anything. Throws OtherServerError. */
  #checkProof(node: NodeStatus, route: Route, { position }: LaneAnswer): void {
    if (!route.position) return;
    assertServerOf(node, route, position);
    if (position) this.options.onProven(node, position);
  }

  /** What the answer says about the server moves its caller's session on. Throws StalePositionError. */
  async #learn(
    node: NodeStatus,
    route: Route,
    { work }: StatementRequest,
    session: Session,
    { position }: LaneAnswer,
    before: Position | undefined,
  ): Promise<void> {
    const known = position ?? (work === 'write' ? await this.#askAgain() : undefined);
    if (known) {
      // It was the primary when the monitor last asked, and may have lost what its session has seen.
      if (work === 'read' && node.role === 'primary' && known.isReplica) {
        throw new OtherServerError(node.address.name, route.position?.log, known);
      }
      assertServerOf(node, route, known);
      this.options.onPosition(node, known, false);
    }
    const reached = known && positionOf(node, known);
    if (before && reached && !known.isReplica && isAhead(before, reached, known)) {
      session.correct(before, reached);
      if (work === 'read' && session.wasAhead && session.onAhead === 'refuse') {
        throw new InvalidConsistencyTokenError('ahead of the primary');
      }
    }
    if (reached) {
      session.advance(reached);
      if (work === 'write') this.options.onWritten(reached);
    } else if (work === 'read') {
      throw new StalePositionError(node.address.name, route.position?.log, undefined);
    }
  }

  /** The caller needs the statement's own error, also when the question fails. */
  async #learnAfterFailure(node: NodeStatus, session: Session): Promise<void> {
    const known = await this.#askAgain().catch(() => undefined);
    const reached = known && positionOf(node, known);
    if (!reached) return;
    session.advance(reached);
    this.options.onWritten(reached);
  }

  /** A write that its session could miss in the next read is not called done. */
  async #askAgain(): Promise<NonNullable<LaneAnswer['position']>> {
    try {
      return await this.options.askAgain();
    } catch (cause) {
      throw new WriteOutcomeUnknownError('position', { cause });
    }
  }
}

/** What the monitor knows of the node says nothing about another server at its place. Throws OtherServerError. */
function assertServerOf(node: NodeStatus, { position }: Route, known: LaneAnswer['position']): void {
  if (!position || !mustProve(node) || (known && isServerOf(node, known))) return;
  throw new OtherServerError(node.address.name, position.log, known);
}

/** The caller has waited as long as it wanted to. A write runs on, as the driver's callers know it; a read has no use any more. */
function leaveLate(connection: NodeConnection, work: StatementRequest['work']): void {
  if (work === 'write') connection.releaseWhenQuiet();
  else connection.stop(new QueryReadTimeoutError(), () => connection.release());
}

/**
 * A primary cannot be behind what was known before it was asked: such a position was never given out for it. What the session has
 * learned meanwhile may well be later than this answer.
 */
function isAhead(
  before: Position,
  reached: Position,
  { writtenLog = reached.log }: NonNullable<LaneAnswer['position']>,
): boolean {
  return before.timeline === reached.timeline && !writtenLog.has(before.log);
}

/** No copy with all that a shared connection needs to know. */
function statementOn(
  { input, values, atLeast, wantsPosition }: LaneRead,
  work: StatementRequest['work'],
  kind: StatementKind | undefined,
): PooledStatement {
  return { input, values, atLeast, wantsPosition: wantsPosition ?? false, isWrite: work === 'write', kind };
}

export function traceRoute({ address, role, stalenessMs }: NodeStatus, reason: string): void {
  RouteTrace.current()?.add({ node: address.name, role, reason, stalenessMs });
}
