import { EventEmitter } from 'node:events';
import { Discovery, type DiscoveryMode } from '../../cluster/discovery/discovery';
import type { Lookup } from '../../cluster/discovery/lookup';
import { ServersBehindNames } from '../../cluster/discovery/servers-behind-names';
import { TopologyMonitor } from '../../cluster/monitor/monitor';
import type { NodeChange } from '../../cluster/topology/node-changes';
import {
  nodeNamed,
  type NodeRole,
  type NodeStatus,
  type TopologySnapshot,
} from '../../cluster/topology/snapshot';
import { systemIdOf } from '../../cluster/topology/system-id';
import { pause, type Random } from '../../clock';
import type { Engine } from '../../engine/engine';
import type { NodeAddress } from '../../engine/node-address';
import type { ExclusiveConnection, NodeConnections, NodePoolStats } from '../../engine/node-connections';
import { PoolEndedError } from '../../errors';
import { type StartOptions, untilUsable } from './cluster-start';
import { NodePools } from './node-pools';

export interface ClusterOptions extends StartOptions {
  readonly random: Random;
  readonly maxStalenessMs: number;
  /** The configured system identifier of the cluster; undefined where none is configured. */
  readonly systemId: string | undefined;
  readonly target: { readonly nodes: readonly NodeAddress[] };
  readonly discovery: DiscoveryMode;
  readonly discoveryIntervalMs: number;
  readonly lookup: Lookup;
}

interface ClusterNodesEvents {
  /** A node changed its state or role. Reads that waited for a lost node have been released. */
  change: [NodeChange];
  /**
   * Emitted when names could not be resolved (the nodes stay as they are), or when one name leads to several
   * servers.
   */
  warning: [Error];
}

/** How long a removed node may take to finish its work. */
const DRAIN_LIMIT_MS = 30_000;

/** Discovers the nodes of the cluster, monitors them, and connects to them. */
export class ClusterNodes<
  C extends ExclusiveConnection = ExclusiveConnection,
> extends EventEmitter<ClusterNodesEvents> {
  readonly servers: ServersBehindNames;
  readonly #monitor: TopologyMonitor;
  readonly #pools: NodePools<C>;
  readonly #discovery: Discovery;
  /** The monitor's snapshot, kept here because every statement reads it. */
  #topology: TopologySnapshot;
  #systemId: string | undefined;
  readonly #renewedAtMs = new Map<string, number>();

  constructor(
    private readonly options: ClusterOptions,
    private readonly engine: Engine<C>,
  ) {
    super();
    const { clock, random, probeIntervalMs, maxStalenessMs } = options;
    this.#monitor = new TopologyMonitor([], {
      limits: { maxStalenessMs, readmitStalenessMs: maxStalenessMs / 2, missesUntilDown: 2 },
      probeIntervalMs,
      clock,
      random,
      systemId: options.systemId,
      probeFor: (node) => engine.probe(node),
    });
    this.servers = new ServersBehindNames({
      clock,
      freshProbe: ({ address }) => engine.probe(address),
      askAgain: async ({ address: { name } }) => {
        await this.#monitor.probe(name);
        return nodeNamed(this.topology, name);
      },
      onSeveral: (error) => this.emit('warning', error),
    });
    this.#pools = new NodePools((node) => this.#connectTo(node));
    this.#discovery = new Discovery({
      mode: options.discovery,
      listed: options.target.nodes,
      lookup: options.lookup,
      clock,
      intervalMs: options.discoveryIntervalMs,
      onFound: (nodes) => this.#use(nodes),
      onError: (error) => this.emit('warning', error),
    });
    this.#topology = this.#monitor.snapshot;
    this.#followMonitor();
  }

  #followMonitor(): void {
    this.#monitor.on('snapshot', (snapshot) => (this.#topology = snapshot));
    this.#monitor.on('moved', (name) => this.#retire(name));
    this.#monitor.on('change', (change) => {
      const { before, now } = change;
      const merged = before && !now && nodeNamed(this.topology, before.address.name);
      if (merged) this.#retire(before.address.name);
      this.#pools.nodeChanged(change);
      this.emit('change', change);
    });
  }

  /** Finds the nodes and waits until one can be used. Throws what untilUsable throws. */
  async start(): Promise<void> {
    for (const node of await this.#discovery.look()) this.#monitor.add(node);
    this.#discovery.start();
    await this.#monitor.probeNow();
    this.#monitor.start();
    await untilUsable(this.#monitor, this.options);
    await this.servers.lookBehind(this.topology.nodes.filter(({ role }) => role === 'replica'));
  }

  /** The current snapshot, as of the last probes. */
  get topology(): TopologySnapshot {
    return this.#topology;
  }

  /** The cluster's system identifier, which never changes; undefined until a node has reported it. */
  get systemId(): string | undefined {
    return (this.#systemId ??= systemIdOf(this.#topology));
  }

  /** The node's role as of its last probe. */
  roleOf(name: string): NodeRole {
    return nodeNamed(this.topology, name)?.role ?? 'unknown';
  }

  /** Probes every node now; concurrent calls share the answers. */
  probeNow(): Promise<void> {
    return this.#monitor.probeNow();
  }

  /** Probes one node now. */
  probe({ address }: NodeStatus): Promise<void> {
    return this.#monitor.probe(address.name);
  }

  /**
   * Call this when a connection to the node was answered by another server than the monitor knows there: the
   * monitor probes the node again. Of a primary, all connections are replaced: others may lead there, too.
   */
  reportOtherServer(node: NodeStatus, startedAt: string | undefined): void {
    // If the name is known to lead to several servers, probing again tells nothing new.
    if (!this.servers.leadsToSeveral(node)) {
      this.#monitor.reportStray(node.address.name);
      void this.#monitor.probe(node.address.name);
    }
    if (node.role === 'primary') this.#renew(node.address.name);
    void this.servers.isOther(node, startedAt);
  }

  /** The connections to the node. Throws PoolEndedError after end(). */
  connectionsTo({ address }: NodeStatus): NodeConnections<C> {
    // The first look-up is the usual case. Between the decision and this call, the name may have turned out
    // to be another name of a known node, and its own pool is then retired.
    const pool =
      this.#pools.known(address.name) ??
      this.#pools.of(nodeNamed(this.topology, address.name)?.address ?? address);
    if (!pool) throw new PoolEndedError();
    return pool;
  }

  get stats(): readonly NodePoolStats[] {
    return this.#pools.stats;
  }

  /**
   * Call this when the node refused a write as read-only, or lacks what a session has seen, so that any role
   * may have changed: probes all nodes, and resolves with whether this one is still the primary.
   */
  async isStillPrimary({ name }: Pick<NodeAddress, 'name'>): Promise<boolean> {
    const node = nodeNamed(this.topology, name);
    if (!node) return false;
    this.#monitor.reportStray(node.address.name);
    await this.#monitor.probeNow();
    return this.topology.primary?.address.name === node.address.name;
  }

  get isEnded(): boolean {
    return this.#pools.isEnded;
  }

  /** Stops discovery and monitoring, and ends every connection. */
  async end(): Promise<void> {
    this.#discovery.stop();
    this.#monitor.stop();
    await this.#pools.end();
  }

  /** Monitors the nodes that discovery found; drains all others, and removes them once they are unused. */
  #use(found: readonly NodeAddress[]): void {
    const names = new Set(found.map(({ name }) => name));
    for (const address of this.#monitor.addresses) {
      if (!names.has(address.name)) void this.#drain(address);
    }
    for (const node of found) this.#monitor.add(node);
  }

  async #drain(node: NodeAddress): Promise<void> {
    this.#monitor.drain(node.name);
    await this.#untilUnused(() => this.#pools.inUse(node));
    // Discovery may have found the node again in the meantime.
    if (!this.topology.nodes.some(({ address, state }) => address.name === node.name && state === 'draining'))
      return;
    this.#monitor.forget(node.name);
    this.#renewedAtMs.delete(node.name);
    await this.#pools.forget(node.name);
  }

  /** Replaces the connections to the node, at most once in each interval. */
  #renew(name: string): void {
    const nowMs = this.options.clock.now();
    if (nowMs - (this.#renewedAtMs.get(name) ?? -Infinity) < this.options.probeIntervalMs) return;
    this.#renewedAtMs.set(name, nowMs);
    this.#retire(name);
  }

  #retire(name: string): void {
    void this.#pools.retire(name, async (pool) => {
      // A caller that has just been given the pool is about to use it.
      await this.#pause();
      await this.#untilUnused(() => pool.inUse);
    });
  }

  /** Waits no longer once all connections have ended. */
  async #untilUnused(inUse: () => number): Promise<void> {
    const { clock } = this.options;
    const deadlineMs = this.isEnded ? 0 : clock.now() + DRAIN_LIMIT_MS;
    while (!this.isEnded && inUse() > 0 && clock.now() < deadlineMs) await this.#pause();
  }

  #pause(): Promise<void> {
    return pause(this.options.clock, this.options.probeIntervalMs, { keepAlive: false });
  }

  #connectTo(node: NodeAddress): NodeConnections<C> {
    const { name } = node;
    return this.engine.connect(node, {
      isReplica: () => nodeNamed(this.topology, name)?.role === 'replica',
      onFailure: (error) => this.#monitor.reportFailure(name, error),
      onStray: () => this.#monitor.reportStray(name),
    });
  }
}
