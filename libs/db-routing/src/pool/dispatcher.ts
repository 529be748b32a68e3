import type { Submittable } from 'pg';
import type { Clock } from '../clock';
import type { Session } from '../consistency/session';
import {
  ConnectFailedError,
  ConnectionLostError,
  GroupExhaustedError,
  PoolEndedError,
  PrimaryChangedError,
  RequestAbortedError,
  RequestTimeoutError,
  SpillLimitError,
  WriteOutcomeUnknownError,
} from '../errors';
import type { Balancer } from '../routing/balancer';
import { decide, type DecideContext, type Decision, type Requirement } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import type { NodeAddress } from '../topology/connection-url';
import type { NodeStatus, TopologySnapshot } from '../topology/snapshot';
import { Gate } from './gate';
import { HedgedReads } from './hedging/hedged-reads';
import type { HedgingSettings } from './hedging/hedging-options';
import { type LanePosition, POSITION_QUERY, positionIn } from './lanes/position-query';
import type { StatementHabits } from './lanes/statement-habits';
import type { NodeConnection } from './node-connection';
import type { NodePool } from './node-pool';
import { isReadOnlyRefusal } from './pg-errors';
import { PositionWaits } from './position-waits';
import { PrimaryWait } from './primary-wait';
import { type AnyResult, textOf } from './query-types';
import type { ReadAttempts } from './read-attempts';
import { ReadRunner } from './read-runner';
import { ReplayProgress } from './replay-progress';
import type { PositionWaitReport, StatementOutcome, StatementReport } from './reports';
import { RequestLimits } from './request-limits';
import { RetryBudget } from './retry-budget';
import type { Route } from './route';
import { isServerOf, positionOf } from './server-position';
import { type StatementRequest, StatementRunner, traceRoute } from './statement-runner';
import { failSubmittable } from './submittable';

export interface DispatcherOptions {
  readonly poolOf: (node: NodeStatus) => NodePool | undefined;
  readonly loadOf: (node: NodeStatus) => number;
  /** A statement was answered by the node, after so long. */
  readonly onServed: (node: NodeStatus, latencyMs: number) => void;
  /** Another node has answered a read that this one was asked first, so long ago. */
  readonly onOvertaken: (node: NodeStatus, elapsedMs: number) => void;
  /** Whether the node takes far longer than others. */
  readonly isSlow: (node: NodeStatus) => boolean;
  /** undefined: reads are not hedged. */
  readonly hedging: HedgingSettings | undefined;
  readonly balance: Balancer;
  readonly isNear: ((node: NodeStatus) => boolean) | undefined;
  readonly groups: ReplicaGroups;
  readonly clock: Clock;
  readonly habits: StatementHabits;
  /** How long a statement waits for its turn, in a group or on the primary in a replica's place. */
  readonly turnWaitMs: number;
  readonly failoverWaitMs: number;
  readonly failoverQueueLimit: number;
  /** Reads at once on the primary that no replica can serve. */
  readonly maxSpilledReads: number;
  readonly snapshot: () => TopologySnapshot;
  /** A replica refused what was taken for a read. */
  readonly onReadRefused: (text: string) => void;
  /** A node taken for the primary refused a write. */
  readonly onRoleDoubt: () => void;
  /** How long a read waits for a replica that has not replayed yet what its session has seen. */
  readonly positionWaitMs: number;
  readonly onPositionWait: (report: PositionWaitReport) => void;
  /** Whoever wants to know what became of each statement; undefined: nobody does. */
  readonly reporter: () => ((report: StatementReport) => void) | undefined;
}

/** Retries as a share of the reads, and a second's worth for quiet times (Finagle's defaults). */
const RETRY_SHARE = 0.2;
const MIN_RETRIES_PER_SECOND = 10;

/** Takes decisions to connections: the acting half of routing. */
export class Dispatcher {
  readonly #gates: ReadonlyMap<string, Gate>;
  readonly #progress: ReplayProgress;
  readonly #statements: StatementRunner;
  readonly #reads: ReadRunner;
  readonly #primaryWait: PrimaryWait;
  #isEnded = false;

  constructor(private readonly options: DispatcherOptions) {
    const { groups, turnWaitMs: waitMs, clock, maxSpilledReads, snapshot, hedging, onOvertaken } = options;
    this.#gates = new Map(
      groups.all.flatMap(({ name, maxConcurrent }) => {
        if (maxConcurrent === undefined) return [];
        const refuse = () => new GroupExhaustedError(name, maxConcurrent, waitMs);
        return [[name, new Gate({ maxConcurrent, waitMs, clock, refuse })] as const];
      }),
    );
    this.#progress = new ReplayProgress(clock);
    this.#statements = new StatementRunner({
      clock,
      poolOf: (node) => this.#poolOf(node),
      onServed: options.onServed,
      onPosition: ({ address }, { lsn }, isBehind) => this.#progress.observe(address.name, lsn, isBehind),
      needsExclusive: (text) => options.habits.needsExclusive(text),
      learn: (text, latencyMs, result) =>
        options.habits.record(text, latencyMs, Array.isArray(result) ? 0 : result.rows.length),
      askAgain: () => this.#primaryPosition(),
    });
    this.#reads = new ReadRunner({
      decide: (target, exclude) => this.#decide(target, exclude),
      hasPrimary: () => snapshot().primary !== undefined,
      budget: new RetryBudget({ share: RETRY_SHARE, minPerSecond: MIN_RETRIES_PER_SECOND, clock }),
      spill: new Gate({
        maxConcurrent: maxSpilledReads,
        waitMs,
        clock,
        refuse: () => new SpillLimitError(maxSpilledReads, waitMs),
      }),
      waits: new PositionWaits({
        clock,
        limitMs: options.positionWaitMs,
        progress: this.#progress,
        onWaited: options.onPositionWait,
        ask: async (node) => (await this.#positionOn(node))?.lsn,
      }),
      isSlow: options.isSlow,
      hedges: hedging && new HedgedReads({ clock, settings: hedging, onOvertaken }),
      onReadRefused: options.onReadRefused,
    });
    this.#primaryWait = new PrimaryWait({
      clock,
      snapshot,
      waitMs: options.failoverWaitMs,
      maxWaiting: options.failoverQueueLimit,
    });
  }

  /** One autocommit read. See ReadRunner. */
  async read(need: Route, request: StatementRequest): Promise<AnyResult> {
    const leave = await this.#gateOf(need)?.enter();
    try {
      return await this.#reads.run(this.#forSession(need, request.session), this.#attempts(request));
    } finally {
      leave?.();
    }
  }

  /**
   * One autocommit write. It waits for a primary while it has not been sent; once sent it is never sent again, except when the
   * server has refused it as read-only: then nothing was executed. Throws WriteOutcomeUnknownError.
   */
  async write(need: Route, request: StatementRequest): Promise<AnyResult> {
    const sent = { isWrite: false };
    const written = this.#write(need, request, () => (sent.isWrite = request.work === 'write'));
    try {
      return await (RequestLimits.current()?.within(written) ?? written);
    } catch (error) {
      const isLost = error instanceof ConnectionLostError || error instanceof RequestTimeoutError;
      throw sent.isWrite && isLost ? new WriteOutcomeUnknownError({ cause: error }) : error;
    }
  }

  async #write(need: Route, request: StatementRequest, onSend: () => void): Promise<AnyResult> {
    const target: Route = { ...need, target: 'primary' };
    const attempts = this.#attempts(request);
    for (let attempt = 1; ; attempt++) {
      const primary = this.#primaryWait.forPrimary();
      // Nearly always there is one, and nothing to wait for.
      if (primary) await primary;
      const decision = this.#decide(target);
      try {
        onSend();
        const result = await attempts.send(decision, target);
        attempts.ended?.(decision, 'answered');
        return result;
      } catch (error) {
        const hasChanged = isReadOnlyRefusal(error);
        if (hasChanged) this.options.onRoleDoubt();
        const isRetried = attempt === 1 && (hasChanged || error instanceof ConnectFailedError);
        attempts.ended?.(decision, isRetried ? 'retried' : outcomeOf(error), error);
        if (isRetried) continue;
        throw hasChanged ? new PrimaryChangedError(decision.node.address.name, { cause: error }) : error;
      }
    }
  }

  /** A cursor or stream outside of a transaction has a connection to itself until it is closed. */
  cursor(need: Route, submittable: Submittable, session: Session | undefined): void {
    this.acquire(need, session).then(
      (connection) =>
        connection.submit(submittable, [], () => {
          void this.#seen(connection, session).finally(() => connection.release());
        }),
      (error: unknown) => failSubmittable(submittable, error as Error),
    );
  }

  /**
   * A connection for a transaction, a cursor or a client with session state. On the primary it waits for there to be one. One to a
   * replica is proven to have what the session has seen.
   */
  async acquire(asked: Route, session?: Session): Promise<NodeConnection> {
    const need = this.#forSession(asked, session);
    const behind = new Set<string>();
    for (let attempt = 1; ;) {
      if (need.target === 'primary') await this.#primaryWait.forPrimary();
      const leave = await this.#gateOf(need)?.enter();
      try {
        const decision = this.#decide(need, behind);
        const connection = await this.#poolOf(decision.node).acquire({ onGivenUp: leave });
        if (await this.#isProven(connection, decision, need)) {
          traceRoute(decision.node, decision.reason);
          return connection;
        }
        behind.add(decision.node.address.name);
        connection.release();
      } catch (error) {
        leave?.();
        // Nothing has been sent yet.
        if (attempt > 1 || !(error instanceof ConnectFailedError)) throw error;
        attempt += 1;
      }
    }
  }

  /** A transaction has ended on a node; its server has said how far its data reached then. */
  async ended(
    { name }: NodeAddress,
    position: LanePosition | undefined,
    isCommitted: boolean,
    session: Session | undefined,
  ): Promise<void> {
    if (!session) return;
    const node = this.options.snapshot().nodes.find(({ address }) => address.name === name);
    const known = position ?? (isCommitted ? await this.#primaryPosition() : undefined);
    const reached = node && known && positionOf(node, known);
    if (reached) session.advance(reached);
  }

  /** The monitor has published a new snapshot. */
  topologyChanged(): void {
    this.#primaryWait.topologyChanged();
  }

  /** What decisions are made from, for those who explain them. */
  get decideContext(): DecideContext {
    const { snapshot, groups, balance, loadOf, isNear, positionWaitMs } = this.options;
    return {
      snapshot: snapshot(),
      groups,
      balance,
      loadOf,
      isNear,
      random: Math.random,
      waitMsUntil: ({ address }, lsn) => this.#progress.waitMsUntil(address.name, lsn),
      maxWaitMs: positionWaitMs,
    };
  }

  end(): void {
    this.#isEnded = true;
  }

  #attempts(request: StatementRequest): ReadAttempts {
    const { clock, reporter, hedging } = this.options;
    const report = reporter();
    let sentAtMs = 0;
    return {
      send: (decision, route) => {
        sentAtMs = clock.now();
        return this.#statements.run(decision, route, request);
      },
      ...(hedging && { beside: () => this.#attempts(request) }),
      ...(report && {
        ended: ({ node, reason }, outcome, error) => {
          const { input, work } = request;
          const durationMs = clock.now() - sentAtMs;
          const isOver = error instanceof RequestTimeoutError || error instanceof RequestAbortedError;
          report({
            text: textOf(input),
            node: node.address.name,
            role: node.role,
            reason,
            work,
            outcome: isOver ? 'cancelled' : outcome,
            durationMs,
            error,
          });
        },
      }),
    };
  }

  #forSession(need: Route, session: Session | undefined): Route {
    const isAsked = need.target === 'replica' && (need.read?.level ?? 'session') === 'session';
    const position = isAsked ? session?.position : undefined;
    return position ? { ...need, position } : need;
  }

  async #isProven(connection: NodeConnection, { node }: Decision, { position }: Route): Promise<boolean> {
    if (!position || node.role === 'primary') return true;
    // One that breaks while it is asked has proven nothing; release() destroys it.
    const known = await connection.position().catch(() => undefined);
    if (!known) return false;
    const isProven = known.lsn >= position.lsn && isServerOf(node, known);
    this.#progress.observe(node.address.name, known.lsn, !isProven);
    return isProven;
  }

  /** What was read on the connection, its session has seen. */
  async #seen(connection: NodeConnection, session: Session | undefined): Promise<void> {
    if (!session) return;
    const position = await connection.position().catch(() => undefined);
    await this.ended(connection.node, position, false, session);
  }

  async #positionOn(node: NodeStatus): Promise<LanePosition | undefined> {
    const pool = this.#poolOf(node);
    if (pool.lanes) return positionIn((await pool.lanes.read({ input: POSITION_QUERY })).result);
    const connection = await pool.acquire({ isExpendable: true });
    try {
      return await connection.position();
    } finally {
      connection.release();
    }
  }

  /** The connection of a write broke between its answer and its position: any later position covers it. */
  async #primaryPosition(): Promise<LanePosition | undefined> {
    const { primary } = this.options.snapshot();
    return primary && (await this.#positionOn(primary).catch(() => undefined));
  }

  #gateOf(need: Requirement): Gate | undefined {
    return need.group && this.#gates.get(need.group.name);
  }

  #decide(need: Requirement, exclude?: ReadonlySet<string>): Decision {
    if (this.#isEnded) throw new PoolEndedError();
    return decide(need, exclude ? { ...this.decideContext, exclude } : this.decideContext);
  }

  #poolOf(node: NodeStatus): NodePool {
    const pool = this.options.poolOf(node);
    if (!pool) throw new PoolEndedError();
    return pool;
  }
}

function outcomeOf(error: unknown): StatementOutcome {
  return error instanceof ConnectionLostError || error instanceof ConnectFailedError ? 'lost' : 'failed';
}
