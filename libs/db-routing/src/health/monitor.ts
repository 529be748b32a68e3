import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import type { Clock } from '../clock';
import type { NodeAddress } from '../topology/connection-url';
import { makeSnapshot, type NodeStatus, type TopologySnapshot } from '../topology/snapshot';
import type { HealthLimits } from './node-state';
import { NodeWatch, type Probe } from './node-watch';
import type { ProbeAnswer } from './probe';
import { StalenessHistory } from './staleness';

export interface MonitorOptions {
  readonly limits: HealthLimits;
  readonly probeIntervalMs: number;
  readonly clock: Clock;
  /** For the jitter; injected by tests. */
  readonly random?: () => number;
  readonly probeFor: (address: NodeAddress) => Probe;
}

/** A node changed its state or its role, was added (`before` is undefined) or is gone (`now` is undefined). */
export interface NodeChange {
  readonly before: NodeStatus | undefined;
  readonly now: NodeStatus | undefined;
}

interface MonitorEvents {
  change: [NodeChange];
}

/** Long enough for a replica that is minutes behind to be measured, at two samples a second. */
const MAX_SAMPLES = 4096;

/** Looks at every node and publishes what it finds as a snapshot. */
export class TopologyMonitor extends EventEmitter<MonitorEvents> {
  readonly #watches = new Map<string, NodeWatch>();
  readonly #history = new StalenessHistory({ maxSamples: MAX_SAMPLES });
  #snapshot: TopologySnapshot = makeSnapshot([]);
  #systemId: string | undefined;
  #highestTimeline: number | undefined;
  #isRunning = false;
  #isStopped = false;
  /**
   * Whatever request asks for a probe, or reports a failure: probes and their timers, and whoever listens to changes, have no part in
   * its transaction, session or limits, which would be kept for as long as the node is watched.
   */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();

  constructor(
    addresses: readonly NodeAddress[],
    private readonly options: MonitorOptions,
  ) {
    super();
    for (const address of addresses) this.add(address);
  }

  /** The current picture. Reading it costs nothing and never waits. */
  get snapshot(): TopologySnapshot {
    return this.#snapshot;
  }

  /** From now on this node is part of the cluster. One that was draining starts again as new. */
  add(address: NodeAddress): void {
    const known = this.#watches.get(address.name);
    if (known && known.health.state !== 'draining') return;
    known?.stop();
    const { clock, limits, probeIntervalMs, probeFor, random = Math.random } = this.options;
    const watch = new NodeWatch(address, {
      probe: probeFor(address),
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

  /** The node gets no new work; forget() it when what it had is done. */
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

  /** Asks every node now, and resolves when each has answered or missed its deadline. */
  async probeNow(): Promise<void> {
    const probes = this.#outsideOfRequests(() =>
      [...this.#watches.values()].map((watch) => watch.probeNow()),
    );
    await Promise.all(probes);
  }

  /** Asks one node now, and resolves when it has answered or missed its deadline. */
  async probe(name: string): Promise<void> {
    if (!this.#isStopped) await this.#outsideOfRequests(() => this.#watches.get(name)?.probeNow());
  }

  /** Asks every node at the pace of `probeIntervalMs`. The process may end while only this is left. */
  start(): void {
    this.#isRunning = true;
    for (const watch of this.#watches.values()) watch.start();
  }

  stop(): void {
    this.#isStopped = true;
    this.#isRunning = false;
    for (const watch of this.#watches.values()) watch.stop();
  }

  /** A statement failed for the node's sake: it is passed over until a probe has spoken, which happens at once. */
  reportFailure(name: string, error: Error): void {
    const watch = this.#watches.get(name);
    if (!watch || this.#isStopped) return;
    this.#outsideOfRequests(() => {
      watch.observe({ kind: 'statement-failed', error: error.message });
      this.#publish();
      void watch.probeNow();
    });
  }

  /** A node refused a write as read-only: every role may have changed. */
  reportRoleDoubt(): void {
    if (!this.#isStopped) void this.probeNow();
  }

  #onAnswer(watch: NodeWatch, answer: ProbeAnswer, askedAtMs: number): void {
    if (this.#isStopped) return;
    this.#systemId ??= answer.systemId;
    watch.answer = answer;
    if (answer.systemId === this.#systemId) {
      this.#highestTimeline = Math.max(this.#highestTimeline ?? 0, answer.timeline);
      if (answer.role === 'primary') this.#sample(answer, askedAtMs);
    }
    this.#judge(watch, answer);
    this.#publish();
  }

  /** What the primary has flushed; an old primary's word counts for nothing. */
  #sample(answer: ProbeAnswer, askedAtMs: number): void {
    if (answer.timeline !== this.#highestTimeline) return;
    const isFirst = this.#history.timeline !== answer.timeline;
    this.#history.record(answer.lsn, answer.timeline, askedAtMs);
    if (!isFirst) return;
    // Replicas that were asked before there was anything to measure them against.
    for (const watch of this.#watches.values()) {
      if (watch.answer?.role === 'replica') this.#judge(watch, watch.answer);
    }
  }

  #judge(watch: NodeWatch, answer: ProbeAnswer): void {
    const { systemId, timeline, serverVersion, startedAt, role, remark } = answer;
    const impediment =
      systemId === this.#systemId
        ? undefined
        : `it belongs to another cluster: system identifier ${systemId}, not ${String(this.#systemId)}`;
    const measured = role === 'primary' ? { stalenessMs: 0, lagBytes: 0 } : this.#measure(answer);
    watch.facts = { ...measured, systemId, timeline, serverVersion, startedAt };
    watch.observe({
      kind: 'answered',
      role,
      stalenessMs: measured.stalenessMs,
      ...(impediment !== undefined && { impediment }),
      ...(remark !== undefined && { remark }),
    });
  }

  #measure({ lsn, timeline }: ProbeAnswer): {
    stalenessMs: number | undefined;
    lagBytes: number | undefined;
  } {
    const newest = this.#history.newestLsn;
    // Only positions of one timeline can be compared.
    if (newest === undefined || this.#history.timeline !== timeline) {
      return { stalenessMs: undefined, lagBytes: undefined };
    }
    return {
      stalenessMs: this.#history.stalenessMs(lsn, this.options.clock.now()),
      lagBytes: Number(newest > lsn ? newest - lsn : 0n),
    };
  }

  #publish(): void {
    const before = this.#snapshot;
    this.#snapshot = makeSnapshot(
      [...this.#watches.values()].map((watch) => watch.status),
      this.#highestTimeline,
    );
    if (this.listenerCount('change') === 0) return;
    const old = new Map(before.nodes.map((node) => [node.address.name, node]));
    for (const now of this.#snapshot.nodes) {
      const was = old.get(now.address.name);
      old.delete(now.address.name);
      if (was?.state !== now.state || was.role !== now.role) this.emit('change', { before: was, now });
    }
    for (const gone of old.values()) this.emit('change', { before: gone, now: undefined });
  }
}
