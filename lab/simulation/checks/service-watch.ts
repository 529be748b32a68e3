import { NoPrimaryError, type PositionWaitReport, SpillLimitError, type StatementReport } from 'db-routing';
import type { NodeChange } from '../../../libs/db-routing/src/cluster/topology/node-changes';
import type { RouteEntry } from '../../../libs/db-routing/src/routing/route-trace';
import { Names } from './names';
import type { CallPhase } from './phases';
import { NodeJudgement } from './node-judgement';
import { ProcessWrites } from './process-writes';
import { ShadowBudget } from './shadow-budget';
import { SpilledReads } from './spilled-reads';
import type { WatchedService } from './watched-service';

/** Retries: the library's RETRIES. Hedges have a minimum, too. */
const RETRIES = { share: 0.2, minPerSecond: 10 };
const MIN_HEDGES_PER_SECOND = 1;
/** Reads that a rule or a hint sends somewhere. */
const OF_GROUPS = /^(rule-|hint|hedge)/;
/** The question that ends a wait may itself take as long as a statement. */
const LAST_QUESTION_MS = 2_700;
/** How long ago a primary must have been found so that no work still waits for one. */
const NOTICED_MS = 100;
/** How long after a node went down no work may be left on it. */
const ABANDONED_MS = 100;
const LAST_RESORTS = /^primar(y-lost|ies-split)/;

const ROUTES = {
  primary: new Names('route primary '),
  replica: new Names('route replica '),
  unknown: new Names('route unknown '),
};

/** Checks one service from outside: its reports, its events, and where its statements run. */
export class ServiceWatch {
  readonly judgement: NodeJudgement;
  readonly writes: ProcessWrites;
  /** Nodes that were read from as replicas, by name: the load of such a node tells its latency, too. */
  readonly measured = new Set<string>();
  /** The calls that are under way. */
  readonly calls = new Set<{ readonly phase: CallPhase | undefined }>();
  readonly #spilled: SpilledReads;
  readonly #retries = new ShadowBudget(RETRIES.share, RETRIES.minPerSecond);
  readonly #hedges: ShadowBudget;
  /** The highest limit of any group. */
  readonly #groupsMaxMs: number;
  #primarySinceMs: number | undefined;

  constructor(private readonly service: WatchedService) {
    const { name, world, settings, events } = service;
    this.#groupsMaxMs = Math.max(0, ...settings.groups.all.map(({ maxStalenessMs = 0 }) => maxStalenessMs));
    this.judgement = new NodeJudgement(name, world);
    this.writes = new ProcessWrites(name, world);
    this.#hedges = new ShadowBudget(settings.hedging?.maxShare ?? 0, MIN_HEDGES_PER_SECOND);
    this.#spilled = new SpilledReads(name, settings, world.oracle, world.scheduler);
    events.on('statement', (report: StatementReport) => this.#ended(report));
    events.on('positionWait', (report: PositionWaitReport) => this.#waited(report));
    events.on('nodeChange', (change: NodeChange) => this.#changed(change));
  }

  get #nowMs(): number {
    return this.service.world.scheduler.nowMs;
  }

  /** A statement is sent. Returns what to call when a spilled read has ended. */
  routed({ node, role, reason, stalenessMs }: RouteEntry, isAutocommit: boolean): (() => void) | undefined {
    const { name, world, settings } = this.service;
    world.oracle.count(ROUTES[role].of(reason));
    if (role === 'replica') this.measured.add(node);
    if (reason === 'hedge') {
      if (role !== 'replica')
        world.oracle.found('hedges-on-replicas', `${name} hedged a read on ${node} (${role})`);
      if (!this.#hedges.spend(this.#nowMs))
        world.oracle.found('hedges-in-budget', `${name} hedged more reads than allowed`);
    } else if (role === 'replica') this.#hedges.earn(this.#nowMs);
    const limitMs = Math.max(settings.maxStalenessMs, OF_GROUPS.test(reason) ? this.#groupsMaxMs : 0);
    if (role === 'replica' && !LAST_RESORTS.test(reason) && !((stalenessMs ?? Infinity) <= limitMs)) {
      const stale = `${String(stalenessMs)} ms stale, limit ${limitMs}`;
      world.oracle.found('fit-replicas-only', `${name} read from ${node} (${reason}), ${stale}`);
    }
    const isSpilled = role === 'primary' && (reason === 'no-fit-replica' || reason === 'replicas-behind');
    return isSpilled && isAutocommit ? this.#spilled.begin() : undefined;
  }

  /** A call of the application has failed. */
  failed(error: unknown): void {
    if (error instanceof SpillLimitError) this.#spilled.refused();
    if (!(error instanceof NoPrimaryError)) return;
    // No change of a node tells that the primary is fenced, because another node follows a later timeline.
    if (!this.service.parts.nodes.topology.primary) this.#primarySinceMs = undefined;
    if (this.#primarySinceMs === undefined) return;
    // There is a primary, and it is not the one that the session has seen.
    if (error.detail.startsWith('the session has seen')) return;
    const sinceMs = this.#nowMs - this.#primarySinceMs;
    if (sinceMs < NOTICED_MS || this.#hasPaused(sinceMs)) return;
    const what = `${this.service.name} has had a primary for ${Math.round(sinceMs)} ms: ${error.message}`;
    this.service.world.oracle.found('waits-end-with-a-primary', what);
  }

  #ended({ outcome, work, role, node, error }: StatementReport): void {
    if (work !== 'read') return;
    const { world, name } = this.service;
    this.#retries.earn(this.#nowMs);
    const isRefusal = (error as { code?: unknown } | undefined)?.code === '25006';
    if (outcome !== 'retried' || role !== 'replica' || isRefusal || this.service.settings.hedging) return;
    world.oracle.count('retried read');
    if (!this.#retries.spend(this.#nowMs)) {
      world.oracle.found(
        'retries-in-budget',
        `${name} retried more reads than allowed, the last one from ${node}`,
      );
    }
  }

  #waited({ node, waitedMs }: PositionWaitReport): void {
    const { settings, world, name } = this.service;
    world.oracle.count('position wait');
    if (waitedMs <= settings.positionWaitMs + LAST_QUESTION_MS || this.#hasPaused(waitedMs)) return;
    const what = `a read of ${name} waited ${Math.round(waitedMs)} ms for ${node}, limit ${settings.positionWaitMs}`;
    world.oracle.found('position-waits-end', what);
  }

  #changed(change: NodeChange): void {
    const { parts, world } = this.service;
    this.judgement.changed(change);
    const hasPrimary = parts.nodes.topology.primary !== undefined;
    this.#primarySinceMs = hasPrimary ? (this.#primarySinceMs ?? this.#nowMs) : undefined;
    const { now } = change;
    if (now?.state !== 'down') return;
    world.scheduler.in(ABANDONED_MS, () => this.#isAbandoned(now.address.name), this.service.clock);
  }

  #isAbandoned(node: string): void {
    const { parts, engine, world, name } = this.service;
    const status = parts.nodes.topology.nodes.find(({ address }) => address.name === node);
    if (status?.state !== 'down') return;
    const held = engine.nodes.filter((each) => each.node.name === node).flatMap((each) => each.held);
    if (held.length === 0) return;
    world.oracle.found(
      'lost-nodes-abandoned',
      `${name} still holds a connection to ${node}, which is down: ${held.join('; ')}`,
    );
  }

  /** A process that was paused is late for everything. */
  #hasPaused(sinceMs: number): boolean {
    return this.service.clock.pausedUntilMs > this.#nowMs - sinceMs - 1;
  }
}
