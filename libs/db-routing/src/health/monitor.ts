import { EventEmitter } from 'node:events';
import type { Clock, Timer } from '../clock';
import type { NodeAddress } from '../topology/connection-url';
import { makeSnapshot, type NodeStatus, type TopologySnapshot } from '../topology/snapshot';
import { judge, type HealthLimits, type NodeHealth, type Observation, UNJUDGED } from './node-state';
import type { NodeProbe, ProbeAnswer } from './probe';
import { StalenessHistory } from './staleness';

interface MonitoredNode {
  readonly address: NodeAddress;
  readonly probe: Pick<NodeProbe, 'ask' | 'close'>;
  health: NodeHealth;
  facts: Pick<NodeStatus, 'stalenessMs' | 'lagBytes' | 'systemId' | 'timeline'>;
}

export interface MonitorOptions {
  readonly limits: HealthLimits;
  readonly probeIntervalMs: number;
  readonly clock: Clock;
  readonly probeFor: (address: NodeAddress) => Pick<NodeProbe, 'ask' | 'close'>;
}

/** A node changed its state or its role. */
export interface NodeChange {
  readonly before: NodeStatus;
  readonly now: NodeStatus;
}

interface MonitorEvents {
  change: [NodeChange];
}

/** Long enough for a replica that is minutes behind to be measured, at two samples a second. */
const MAX_SAMPLES = 4096;

/** Looks at every node at a steady pace and publishes what it finds as a snapshot. */
export class TopologyMonitor extends EventEmitter<MonitorEvents> {
  readonly #nodes: MonitoredNode[];
  readonly #history = new StalenessHistory({ maxSamples: MAX_SAMPLES });
  #snapshot: TopologySnapshot;
  #systemId: string | undefined;
  #timer: Timer | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    addresses: readonly NodeAddress[],
    private readonly options: MonitorOptions,
  ) {
    super();
    this.#nodes = addresses.map((address) => ({
      address,
      probe: options.probeFor(address),
      health: UNJUDGED,
      facts: {},
    }));
    this.#snapshot = makeSnapshot(this.#nodes.map(statusOf));
  }

  /** The current picture. Reading it costs nothing and never waits. */
  get snapshot(): TopologySnapshot {
    return this.#snapshot;
  }

  /** Probes every node now, or joins the round under way. */
  probeNow(): Promise<void> {
    this.#round ??= this.#probeAll().finally(() => (this.#round = undefined));
    return this.#round;
  }

  /** Starts probing at `probeIntervalMs`. The process may end while only this is left. */
  start(): void {
    const { clock, probeIntervalMs } = this.options;
    const startedAtMs = clock.now();
    void this.probeNow().then(() => {
      if (this.#isStopped) return;
      const restMs = Math.max(0, probeIntervalMs - (clock.now() - startedAtMs));
      this.#timer = clock.after(restMs, () => this.start(), { keepAlive: false });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    for (const node of this.#nodes) node.probe.close();
  }

  /** A statement failed for the node's sake: it is passed over until a probe has spoken, which happens at once. */
  reportFailure(name: string, error: Error): void {
    const node = this.#nodes.find((candidate) => candidate.address.name === name);
    if (!node || this.#isStopped) return;
    this.#observe(node, { kind: 'statement-failed', error: error.message });
    this.#publish();
    void this.probeNow();
  }

  async #probeAll(): Promise<void> {
    const { clock } = this.options;
    const askedAtMs = clock.now();
    const results = await Promise.all(
      this.#nodes.map(async (node) => {
        try {
          return { node, answer: await node.probe.ask() };
        } catch (error) {
          return { node, error: error instanceof Error ? error : new Error(String(error)) };
        }
      }),
    );
    if (this.#isStopped) return;
    // The primary first: the replicas are measured against it.
    for (const { node, answer } of results) {
      if (answer?.role === 'primary') this.#observePrimary(node, answer, askedAtMs);
    }
    for (const { node, answer, error } of results) {
      if (error) this.#observe(node, { kind: 'missed', error: error.message });
      else if (answer.role === 'replica') this.#observeReplica(node, answer);
    }
    this.#publish();
  }

  #observePrimary(node: MonitoredNode, answer: ProbeAnswer, askedAtMs: number): void {
    this.#systemId ??= answer.systemId;
    const impediment = this.#foreign(answer);
    const seenTimeline = this.#snapshot.primary?.timeline ?? 0;
    if (impediment === undefined && answer.timeline >= seenTimeline) {
      this.#history.record(answer.lsn, answer.timeline, askedAtMs);
    }
    node.facts = { stalenessMs: 0, lagBytes: 0, systemId: answer.systemId, timeline: answer.timeline };
    this.#observe(node, { kind: 'answered', role: 'primary', stalenessMs: 0, ...impediment });
  }

  #observeReplica(node: MonitoredNode, answer: ProbeAnswer): void {
    const { clock } = this.options;
    // Only positions of one timeline can be compared.
    const isComparable = this.#history.timeline === answer.timeline;
    const stalenessMs = isComparable ? this.#history.stalenessMs(answer.lsn, clock.now()) : undefined;
    const newest = isComparable ? this.#history.newestLsn : undefined;
    node.facts = {
      ...(stalenessMs !== undefined && { stalenessMs }),
      ...(newest !== undefined && { lagBytes: Number(newest > answer.lsn ? newest - answer.lsn : 0n) }),
      systemId: answer.systemId,
      timeline: answer.timeline,
    };
    this.#observe(node, {
      kind: 'answered',
      role: 'replica',
      stalenessMs,
      ...(answer.remark !== undefined && { remark: answer.remark }),
      ...this.#foreign(answer),
    });
  }

  #foreign(answer: ProbeAnswer): { impediment: string } | undefined {
    if (this.#systemId === undefined || answer.systemId === this.#systemId) return undefined;
    return {
      impediment: `it belongs to another cluster: system identifier ${answer.systemId}, not ${this.#systemId}`,
    };
  }

  #observe(node: MonitoredNode, seen: Observation): void {
    node.health = judge(node.health, seen, this.options.limits);
    if (seen.kind !== 'answered') {
      // What was measured is no longer known.
      node.facts = { ...node.facts, stalenessMs: undefined, lagBytes: undefined };
    }
  }

  #publish(): void {
    const before = this.#snapshot;
    this.#snapshot = makeSnapshot(this.#nodes.map(statusOf));
    this.#snapshot.nodes.forEach((now, index) => {
      const old = before.nodes[index];
      if (old && (old.state !== now.state || old.role !== now.role))
        this.emit('change', { before: old, now });
    });
  }
}

function statusOf(node: MonitoredNode): NodeStatus {
  const { state, role, reason } = node.health;
  return Object.freeze({ address: node.address, role, state, reason, ...node.facts });
}
