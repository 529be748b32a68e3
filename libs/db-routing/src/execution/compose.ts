import type { PoolSession } from '../consistency/pool-session';
import type { Clock, Random } from '../clock';
import type { Engine } from '../engine/engine';
import type { ExclusiveConnection } from '../engine/node-connections';
import { SpillLimitError } from '../errors';
import type { HedgingSettings } from './hedging/hedging-options';
import { NodeLoad } from '../routing/node-load';
import { Checkouts } from './checkouts';
import { ExclusiveRun } from './exclusive-run';
import { HedgedReads } from './hedging/hedged-reads';
import { Gate } from './limits/gate';
import { GroupGates } from './limits/group-gates';
import { PrimaryWait } from './limits/primary-wait';
import { RetryBudget } from './limits/retry-budget';
import { NodeChoice, type NodeChoiceOptions } from './node-choice';
import type { ClusterNodes } from './nodes/cluster-nodes';
import { PositionWaits } from './positions/position-waits';
import { ReplayProgress } from '../cluster/replay-progress';
import { ServerPositions } from './positions/server-positions';
import { SessionProgress } from './positions/session-progress';
import { SessionPrimary } from './positions/session-primary';
import { SessionRecovery } from './positions/session-recovery';
import { UnaskedWrites } from './positions/unasked-writes';
import { ReadRunner } from './read-runner';
import type { StatementReports } from './reports';
import { StatementRunner } from './statement-runner';
import { WriteRunner } from './write-runner';

export interface ExecutionOptions extends NodeChoiceOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** A recovered replica receives its full share of reads only after this many milliseconds. */
  readonly slowStartMs: number;
  /**
   * How long a statement waits for its turn in a group, or on the primary in place of a replica, in
   * milliseconds.
   */
  readonly acquireTimeoutMs: number;
  /** How long a write waits for a primary, in milliseconds. */
  readonly failoverWaitMs: number;
  /** Maximum number of statements and transactions that wait for a primary at once. */
  readonly failoverQueueLimit: number;
  /** Maximum number of concurrent spilled reads on the primary. */
  readonly maxSpilledReads: number;
  /** Undefined: no read is hedged. */
  readonly hedging: HedgingSettings | undefined;
}

/** What the pool provides to the execution room. */
export interface ExecutionContext<C extends ExclusiveConnection> {
  readonly nodes: ClusterNodes<C>;
  readonly engine: Pick<Engine, 'errors' | 'isPooled'>;
  /** The session of statements that run outside any other session. */
  readonly own: PoolSession;
  readonly reports: StatementReports;
  /**
   * Called with the text of a statement that was classified as a read, that a replica refused and the primary
   * accepted.
   */
  readonly onReadRefused: (text: string) => void;
}

/** The parts that run statements; one instance of each per pool. */
export interface Execution<C extends ExclusiveConnection> {
  readonly choice: NodeChoice;
  readonly reads: ReadRunner;
  readonly writes: WriteRunner;
  readonly checkouts: Checkouts<C>;
  readonly positions: ServerPositions;
  readonly unasked: UnaskedWrites;
}

/**
 * Retries as a share of all reads, plus a minimum per second for quiet services (the defaults of Finagle).
 */
const RETRIES = { share: 0.2, minPerSecond: 10 };

/** Builds and wires all parts that run statements on the nodes. */
export function composeExecution<C extends ExclusiveConnection>(
  options: ExecutionOptions,
  context: ExecutionContext<C>,
): Execution<C> {
  const { clock, acquireTimeoutMs: waitMs, failoverWaitMs, maxSpilledReads, hedging } = options;
  const { nodes, engine, own, reports, onReadRefused } = context;
  const { errors, isPooled } = engine;
  const { servers } = nodes;
  const load = new NodeLoad({ clock, slowStartMs: options.slowStartMs });
  const progress = new ReplayProgress(clock);
  const primaryWait = new PrimaryWait({
    clock,
    cluster: nodes,
    waitMs: failoverWaitMs,
    maxWaiting: options.failoverQueueLimit,
  });
  nodes.on('change', () => primaryWait.topologyChanged());
  const positions = new ServerPositions({
    clock,
    nodes,
    isPooled,
    progress,
    primaryWait,
    failoverWaitMs,
    own,
  });
  const recovery = new SessionRecovery(nodes, own);
  const primaryOf = new SessionPrimary(clock, primaryWait, recovery);
  const unasked = new UnaskedWrites(own, positions);
  const choice = new NodeChoice(nodes, load, progress, recovery, unasked, options);
  const gates = new GroupGates(options.groups, waitMs, clock);
  const sessions = new SessionProgress(positions, progress, own, nodes);
  const statements = new StatementRunner(nodes, new ExclusiveRun(errors, clock), sessions, load, clock);
  const writes = new WriteRunner({
    clock,
    errors,
    nodes,
    choice,
    statements,
    reports,
    primaryWait,
    primaryOf,
    onReadRefused,
  });
  const reads = new ReadRunner({
    clock,
    errors,
    choice,
    statements,
    reports,
    gates,
    budget: new RetryBudget({ ...RETRIES, clock }),
    spill: new Gate({
      maxConcurrent: maxSpilledReads,
      waitMs,
      clock,
      refuse: () => new SpillLimitError(maxSpilledReads, waitMs),
    }),
    waits: new PositionWaits({
      clock,
      limitMs: options.positionWaitMs,
      progress,
      ask: async (node) => (await nodes.connectionsTo(node).position())?.log,
      onWaited: (report) => reports.positionWait(report),
    }),
    recovery,
    load,
    hedges: hedging && new HedgedReads({ clock, settings: hedging, load }),
    servers,
    writes,
    onReadRefused,
  });
  const checkouts = new Checkouts({
    clock,
    nodes,
    choice,
    load,
    gates,
    primaryWait,
    primaryOf,
    positions,
    recovery,
  });
  return { choice, reads, writes, checkouts, positions, unasked };
}
