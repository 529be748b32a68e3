import type { Clock } from '../clock';
import type { PoolSession } from '../consistency/pool-session';
import type { Session } from '../consistency/session';
import { GroupExhaustedError, PoolEndedError, SpillLimitError } from '../errors';
import type { Balancer } from '../routing/balancer';
import { decide, type DecideContext, type Decision, type Requirement } from '../routing/decide';
import type { ReplicaGroups } from '../routing/groups/replica-groups';
import { nodeNamed, type NodeStatus, type TopologySnapshot } from '../cluster/topology/snapshot';
import { ExclusiveRunner } from './exclusive-runner';
import { Gate } from './limits/gate';
import { HedgedReads } from './hedging/hedged-reads';
import type { HedgingSettings } from './hedging/hedging-options';
import type { StatementHabits } from '../postgres/lanes/statement-habits';
import { BoundConnection } from '../postgres/pool/client/bound-connection';
import type { NodeConnection } from '../postgres/connections/node-connection';
import type { NodePool } from '../postgres/connections/node-pool';
import { PositionWaits } from './positions/position-waits';
import { PrimaryWait } from './limits/primary-wait';
import type { AnyResult } from '../postgres/protocol/query-types';
import { type Attempts, attemptsAt } from './attempts';
import { ReadRunner } from './read-runner';
import { ReplayProgress } from './positions/replay-progress';
import type { PositionWaitReport, StatementReport } from './reports';
import { RetryBudget } from './limits/retry-budget';
import { type Route, routeFor } from '../routing/route';
import { ServerPositions } from './positions/server-positions';
import { SessionRecovery } from './positions/session-recovery';
import type { ServersBehindNames } from '../cluster/discovery/servers-behind-names';
import { type StatementRequest, StatementRunner } from './statement-runner';
import type { TransactionPooler } from '../postgres/connections/transaction-pooler';
import { WriteRunner } from './write-runner';

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
  readonly ownSession: PoolSession;
  /** A replica refused what was taken for a read. */
  readonly onReadRefused: (text: string) => void;
  /** A node taken for the primary refused a write. */
  readonly onRoleDoubt: (node: NodeStatus) => Promise<void>;
  /** Resolves when the node was asked what it is, or cannot be. */
  readonly probe: (node: NodeStatus) => Promise<void>;
  /** Another server than the node's has answered on a connection to it. */
  readonly onOtherServer: (node: NodeStatus) => void;
  /** Resolves when every node was asked. */
  readonly probeAll: () => Promise<void>;
  readonly servers: ServersBehindNames;
  /** Nodes are reached through a pooler: what a connection has said holds for that transaction only. */
  readonly pooler: TransactionPooler | undefined;
  /** How long a read waits for a replica that has not replayed yet what its session has seen. */
  readonly positionWaitMs: number;
  readonly onPositionWait: (report: PositionWaitReport) => void;
  /** Receives a report per statement; undefined when no one listens. */
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
  readonly #writes: WriteRunner;
  readonly #positions: ServerPositions;
  readonly #primaryWait: PrimaryWait;
  readonly #exclusive: ExclusiveRunner;
  readonly #recovery: SessionRecovery;
  readonly #context: DecideContext;
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
    const { balance, loadOf, isNear, positionWaitMs, failoverWaitMs } = options;
    // Made once, for every read asks it; what changes is the snapshot.
    this.#context = {
      get snapshot() {
        return snapshot();
      },
      groups,
      balance,
      loadOf,
      isNear,
      random: Math.random,
      waitMsUntil: ({ address }, log) => this.#progress.waitMsUntil(address.name, log),
      maxWaitMs: positionWaitMs,
    };
    this.#primaryWait = new PrimaryWait({
      clock,
      snapshot,
      waitMs: failoverWaitMs,
      maxWaiting: options.failoverQueueLimit,
    });
    this.#positions = new ServerPositions({
      poolOf: (node) => this.#poolOf(node),
      snapshot,
      hasPooler: options.pooler !== undefined,
      progress: this.#progress,
      clock,
      primaryWait: this.#primaryWait,
      failoverWaitMs,
      own: options.ownSession,
    });
    this.#recovery = new SessionRecovery({
      own: options.ownSession,
      snapshot,
      ask: (node) => this.#positions.of(node),
      probe: options.probeAll,
    });
    this.#statements = new StatementRunner({
      clock,
      poolOf: (node) => this.#poolOf(node),
      onServed: options.onServed,
      onPosition: ({ address }, { log }, isBehind) => this.#progress.observe(address.name, log, isBehind),
      onProven: ({ address }, { log }) => this.#progress.proven(address.name, log),
      habits: options.habits,
      onOtherServer: (node, startedAt) => {
        // Once it is known, there is nothing more to find out.
        if (!options.servers.leadsToSeveral(node)) options.onOtherServer(node);
        void options.servers.isOther(node, startedAt);
      },
      askAgain: () => this.#positions.ofPrimary(),
      onWritten: (position) => options.ownSession.advance(position),
    });
    const spill = new Gate({
      maxConcurrent: maxSpilledReads,
      waitMs,
      clock,
      refuse: () => new SpillLimitError(maxSpilledReads, waitMs),
    });
    this.#writes = new WriteRunner({
      decide: (target) => this.#decide(target),
      primaryWait: this.#primaryWait,
      clock,
      askAnew: options.probe,
      isStillPrimary: (node) => this.#isStillPrimary(node.address),
    });
    this.#reads = new ReadRunner({
      decide: (target, exclude) => this.#decide(target, exclude),
      hasPrimary: () => snapshot().primary !== undefined,
      budget: new RetryBudget({ share: RETRY_SHARE, minPerSecond: MIN_RETRIES_PER_SECOND, clock }),
      spill: () => (snapshot().expectsReplicas ? spill : undefined),
      waits: new PositionWaits({
        clock,
        limitMs: options.positionWaitMs,
        progress: this.#progress,
        onWaited: options.onPositionWait,
        ask: async (node) => (await this.#positions.of(node))?.log,
      }),
      isSlow: options.isSlow,
      hedges: hedging && new HedgedReads({ clock, settings: hedging, onOvertaken }),
      servers: options.servers,
      write: (need, attempts) => this.#writes.run(need, attempts, true),
      onReadRefused: options.onReadRefused,
    });
    this.#exclusive = new ExclusiveRunner({
      decide: (target, exclude) => this.#decide(target, exclude),
      poolOf: (node) => this.#poolOf(node),
      gateOf: (need) => this.#gateOf(need),
      clock,
      askAnew: options.probe,
      forSession: (need, session) => this.#forSession(need, session),
      primaryWait: this.#primaryWait,
      positions: this.#positions,
    });
  }

  /** One autocommit read. See ReadRunner. */
  async read(need: Route, request: StatementRequest): Promise<AnyResult> {
    const leave = await this.#gateOf(need)?.enter();
    try {
      return await this.#reads.run(this.#forSession(need, request.session), this.#attempts(request));
    } catch (error) {
      if (!(await this.#recovery.hasHelped(request.session, error))) throw error;
      return await this.#reads.run(this.#forSession(need, request.session), this.#attempts(request));
    } finally {
      leave?.();
    }
  }

  /** One autocommit statement that needs the primary. See WriteRunner. */
  write(need: Route, request: StatementRequest): Promise<AnyResult> {
    return this.#writes.run(need, this.#attempts(request), request.work === 'write');
  }

  /** See ExclusiveRunner. */
  cursor(...use: Parameters<ExclusiveRunner['cursor']>): Promise<void> {
    return this.#exclusive.cursor(...use);
  }

  /** See ExclusiveRunner. */
  async acquire(asked: Route, session?: Session): Promise<NodeConnection> {
    try {
      return await this.#exclusive.acquire(asked, session);
    } catch (error) {
      if (!(await this.#recovery.hasHelped(session, error))) throw error;
      return this.#exclusive.acquire(asked, session);
    }
  }

  /** What a client does with its connection. */
  bound(connection: NodeConnection): BoundConnection {
    const { reporter, snapshot, pooler } = this.options;
    const isStillPrimary = (node: { readonly name: string }) => this.#isStillPrimary(node);
    const roleOf = (name: string) => nodeNamed(snapshot(), name)?.role ?? 'unknown';
    const positions = this.#positions;
    return new BoundConnection(connection, { positions, reporter, isStillPrimary, roleOf, pooler });
  }

  /** See ServerPositions. */
  ended(...outcome: Parameters<ServerPositions['ended']>): Promise<void> {
    return this.#positions.ended(...outcome);
  }

  /** The monitor has published a new snapshot. */
  topologyChanged(): void {
    this.#primaryWait.topologyChanged();
  }

  /** What decisions are made from, for those who explain them. */
  get decideContext(): DecideContext {
    return this.#context;
  }

  end(): void {
    this.#isEnded = true;
  }

  #attempts(request: StatementRequest): Attempts {
    return attemptsAt(request, this.#statements, this.options);
  }

  #forSession(need: Route, session: Session | undefined): Route {
    return routeFor(need, session, this.options.snapshot);
  }

  /** Asks it and every other node. */
  async #isStillPrimary({ name }: { readonly name: string }): Promise<boolean> {
    const { snapshot, onRoleDoubt } = this.options;
    const node = nodeNamed(snapshot(), name);
    if (node) await onRoleDoubt(node);
    return node !== undefined && snapshot().primary?.address.name === node.address.name;
  }

  #gateOf(need: Requirement): Gate | undefined {
    return need.group && this.#gates.get(need.group.name);
  }

  #decide(need: Requirement, exclude?: ReadonlySet<string>): Decision {
    if (this.#isEnded) throw new PoolEndedError();
    // Nearly always nothing is excluded: no copy then.
    const decision = decide(need, exclude?.size ? { ...this.#context, exclude } : this.#context);
    if (need.position && decision.node.role === 'primary') this.#recovery.doubt(need.position);
    return decision;
  }

  #poolOf(node: NodeStatus): NodePool {
    const pool = this.options.poolOf(node);
    if (!pool) throw new PoolEndedError();
    return pool;
  }
}
