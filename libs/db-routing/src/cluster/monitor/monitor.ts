import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { Clock, Random } from '../../clock';
import type { NodeAddress } from '../../engine/node-address';
import { makeSnapshot, type TopologySnapshot } from '../topology/snapshot';
import { ClusterRecord, factsOf } from './cluster-record';
import { mergeNames } from '../discovery/merge-names';
import { changesBetween, type NodeChange } from '../topology/node-changes';
import type { HealthLimits } from './node-state';
import type { Probe, ProbeAnswer } from '../../engine/probe';
import { NodeWatch } from './node-watch';
import { RenewableProbe } from './renewable-probe';
import type { Verdict } from './which-cluster';

/** The connection of a probe is renewed at most once in so many intervals. */
const INTERVALS_UNTIL_RENEWED = 10;

export interface MonitorOptions {
  readonly limits: HealthLimits;
  readonly probeIntervalMs: number;
  readonly clock: Clock;
  /** The system identifier of the cluster that is meant; undefined: that of most of the nodes. */
  readonly systemId?: string | undefined;
  /** For the jitter; tests inject their own. */
  readonly random: Random;
  readonly probeFor: (address: NodeAddress) => Probe;
}

interface MonitorEvents {
  /** Each snapshot, also where nothing has changed but what was measured. */
  snapshot: [TopologySnapshot];
  change: [NodeChange];
  /** The name leads to another server than before, or to one that was restarted. */
  moved: [string];
}

/** Probes every node and publishes the result as a snapshot. */
export class TopologyMonitor extends EventEmitter<MonitorEvents> {
  readonly #watches = new Map<string, NodeWatch>();
  readonly #cluster: ClusterRecord;
  #snapshot: TopologySnapshot = makeSnapshot([]);
  #isRunning = false;
  #isStopped = false;
  /**
   * Runs probes and listeners outside the request that asked for a probe or reported a failure. They take no
   * part in its transaction, session or limits, which would otherwise be kept for as long as the node is
   * watched.
   */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();

  constructor(
    addresses: readonly NodeAddress[],
    private readonly options: MonitorOptions,
  ) {
    super();
    this.#cluster = new ClusterRecord(options.systemId, options.limits.maxStalenessMs);
    for (const address of addresses) this.add(address);
  }

  /** The current snapshot. Reading it costs nothing and never waits. */
  get snapshot(): TopologySnapshot {
    return this.#snapshot;
  }

  /** All names but those that are drained, also where several of them lead to one server. */
  get addresses(): readonly NodeAddress[] {
    return this.#listed.map(({ address }) => address);
  }

  /** Adds a node to the cluster. A node that was draining starts again as new. */
  add(address: NodeAddress): void {
    const known = this.#watches.get(address.name);
    if (known?.isListed) return;
    known?.stop();
    const { clock, limits, probeIntervalMs, probeFor, random } = this.options;
    const watch = new NodeWatch(address, {
      probe: new RenewableProbe({
        newProbe: () => probeFor(address),
        clock,
        minRenewalMs: INTERVALS_UNTIL_RENEWED * probeIntervalMs,
      }),
      clock,
      limits,
      random,
      intervalMs: probeIntervalMs,
      onAnswer: (asked, answer, askedAtMs) => this.#onAnswer(asked, answer, askedAtMs),
      onMiss: (asked, error) => {
        asked.observe({ kind: 'missed', error: error.message });
        this.#publish();
      },
    });
    this.#watches.set(address.name, watch);
    this.#publish();
    if (this.#isRunning) watch.start();
  }

  /** Gives the node no new work. Call forget() when its remaining work is done. */
  drain(name: string): void {
    const watch = this.#watches.get(name);
    if (!watch) return;
    watch.observe({ kind: 'removed' });
    watch.stop();
    this.#publish();
  }

  forget(name: string): void {
    this.#watches.get(name)?.stop();
    this.#watches.delete(name);
    this.#publish();
  }

  /** Probes every node now, and resolves when each has answered or missed its deadline. */
  async probeNow(): Promise<void> {
    const probes = this.#outsideOfRequests(() =>
      [...this.#watches.values()].map((watch) => watch.probeNow()),
    );
    await Promise.all(probes);
  }

  /** Probes one node now, and resolves when it has answered or missed its deadline. */
  async probe(name: string): Promise<void> {
    if (!this.#isStopped) await this.#outsideOfRequests(() => this.#watches.get(name)?.probeNow());
  }

  /** Probes every node each `probeIntervalMs`. These timers do not keep the process running. */
  start(): void {
    this.#isRunning = true;
    for (const watch of this.#watches.values()) watch.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#isRunning = false;
    for (const watch of this.#watches.values()) watch.stop();
  }

  /**
   * Reports that a statement failed because of the node. Routing skips the node until a probe answers, which
   * starts at once.
   */
  reportFailure(name: string, error: Error): void {
    const watch = this.#watches.get(name);
    if (!watch || this.#isStopped) return;
    this.#outsideOfRequests(() => {
      const names = this.#namesOfServer(watch);
      for (const other of names) other.observe({ kind: 'statement-failed', error: error.message });
      this.#publish();
      for (const other of names) void other.probeNow();
    });
  }

  /**
   * Reports that a connection to the node was answered by another server, or as if by another. If the node
   * has another name, that name is used from now on.
   */
  reportStray(name: string): void {
    const watch = this.#watches.get(name);
    if (watch && !this.#isStopped) {
      watch.strays += 1;
      this.#outsideOfRequests(() => this.#publish());
    }
  }

  /**
   * Stops waiting for missing answers: the cluster that most of the answering nodes belong to is the one that
   * is meant.
   */
  settle(): void {
    this.#decide(true);
    this.#publish();
  }

  /**
   * Whether a node of this cluster hides what only members of pg_monitor see from the user that probes it.
   */
  get lacksPermission(): boolean {
    return [...this.#watches.values()].some(
      ({ answer }) => answer?.isPermitted === false && answer.systemId === this.#cluster.verdict.systemId,
    );
  }

  /** Which cluster is meant, or why that is not certain. */
  get verdict(): Verdict {
    return this.#cluster.verdict;
  }

  #onAnswer(watch: NodeWatch, answer: ProbeAnswer, askedAtMs: number): void {
    if (this.#isStopped) return;
    const { server } = watch.facts;
    watch.answer = answer;
    watch.answerAskedAtMs = askedAtMs;
    watch.facts = factsOf(answer);
    this.#decide(false);
    if (this.#cluster.learn(answer, askedAtMs)) this.#judgeAgain('replica');
    this.#judge(watch, answer);
    if (server !== undefined && server !== answer.server) this.emit('moved', watch.address.name);
    this.#publish();
    // The primary may be a server that one of the names has led to since its probe has connected.
    if (!this.#snapshot.primary || this.#namesOfServer(watch).length > 1) watch.doubtName();
  }

  get #listed(): readonly NodeWatch[] {
    return [...this.#watches.values()].filter(({ isListed }) => isListed);
  }

  #decide(isOver: boolean): void {
    const members = this.#listed.map(({ membership }) => membership);
    if (this.#cluster.decide(members, isOver)) {
      for (const { answer, answerAskedAtMs } of this.#watches.values()) {
        if (answer) this.#cluster.learn(answer, answerAskedAtMs);
      }
      this.#judgeAgain();
    }
  }

  /** Returns the watches of all names that last led to the same server. */
  #namesOfServer(watch: NodeWatch): readonly NodeWatch[] {
    const { server } = watch.facts;
    if (server === undefined) return [watch];
    return [...this.#watches.values()].filter(({ facts }) => facts.server === server);
  }

  /** Judges nodes again that were probed before there was anything to judge them by. */
  #judgeAgain(role?: ProbeAnswer['role']): void {
    for (const watch of this.#watches.values()) {
      if (watch.answer && (role === undefined || watch.answer.role === role))
        this.#judge(watch, watch.answer);
    }
  }

  #judge(watch: NodeWatch, answer: ProbeAnswer): void {
    const { facts, seen } = this.#cluster.judge(answer, this.options.clock.now());
    watch.facts = facts;
    watch.observe(seen);
  }

  #publish(): void {
    const before = this.#snapshot;
    const names = [...this.#watches.values()].map(({ status, strays }) => ({ status, strays }));
    this.#snapshot = makeSnapshot(
      mergeNames(names),
      this.#cluster.highestTimeline,
      this.#cluster.hasSeenReplica,
    );
    this.emit('snapshot', this.#snapshot);
    if (this.listenerCount('change') === 0) return;
    for (const change of changesBetween(before, this.#snapshot)) this.emit('change', change);
  }
}
