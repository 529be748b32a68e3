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
  /** Of the cluster that is meant, where that was configured. */
  readonly systemId: string | undefined;
  readonly target: { readonly nodes: readonly NodeAddress[] };
  readonly discovery: DiscoveryMode;
  readonly discoveryIntervalMs: number;
  readonly lookup: Lookup;
}

interface ClusterNodesEvents {
  /** A node changed its state or role. What waited for one that is gone has been let go. */
  change: [NodeChange];
  /** Names could not be resolved; the nodes stay as they are. */
  warning: [Error];
}

/** A node that is taken out gets this long to finish what it has. */
const DRAIN_LIMIT_MS = 30_000;

/** The nodes of the cluster: found, watched, and connected to. */
export class ClusterNodes<
  C extends ExclusiveConnection = ExclusiveConnection,
> extends EventEmitter<ClusterNodesEvents> {
  readonly servers: ServersBehindNames;
  readonly #monitor: TopologyMonitor;
  readonly #pools: NodePools<C>;
  readonly #discovery: Discovery;
  #topology: TopologySnapshot;
  #systemId: string | undefined;
  #isEnded = false;

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
      askAnew: async ({ address: { name } }) => {
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
    this.#monitor.on('snapshot', (snapshot) => (this.#topology = snapshot));
    this.#monitor.on('moved', (name) => this.#retire(name));
    this.#monitor.on('change', (change) => {
      const { before, now } = change;
      const merged = before && !now && this.#monitor.nodeNamed(before.address.name);
      if (merged) this.#retire(before.address.name);
      this.#pools.nodeChanged(change);
      this.emit('change', change);
    });
  }

  /** Finds the nodes and waits until they can be used: see untilUsable. */
  async start(): Promise<void> {
    for (const node of await this.#discovery.look()) this.#monitor.add(node);
    this.#discovery.start();
    await this.#monitor.probeNow();
    this.#monitor.start();
    await untilUsable(this.#monitor, this.options);
    await this.servers.lookBehind(this.topology.nodes.filter(({ role }) => role === 'replica'));
  }

  /** What is known of the nodes, as of the last probe. */
  get topology(): TopologySnapshot {
    return this.#topology;
  }

  /** Of the cluster, which stays the same; undefined until a node has said it. */
  get systemId(): string | undefined {
    return (this.#systemId ??= systemIdOf(this.#topology));
  }

  /** As of the last probe. */
  roleOf(name: string): NodeRole {
    return nodeNamed(this.topology, name)?.role ?? 'unknown';
  }

  /** Asks every node now; those who ask meanwhile share the answers. */
  probeNow(): Promise<void> {
    return this.#monitor.probeNow();
  }

  /** Asks one node now. */
  probe({ address }: NodeStatus): Promise<void> {
    return this.#monitor.probe(address.name);
  }

  /** A connection to the node was answered by another server than it is known to be: the monitor asks it again. */
  reportOtherServer(node: NodeStatus, startedAt: string | undefined): void {
    // Once it is known that its name leads to several, there is nothing more to find out.
    if (!this.servers.leadsToSeveral(node)) {
      this.#monitor.reportStray(node.address.name);
      void this.#monitor.probe(node.address.name);
    }
    void this.servers.isOther(node, startedAt);
  }

  /** The connections to the node. Throws PoolEndedError once the nodes were ended. */
  connectionsTo({ address }: NodeStatus): NodeConnections<C> {
    // Nearly always. What was decided on a moment ago may be another name of a node by now, whose own pool is retired.
    const pool =
      this.#pools.known(address.name) ??
      this.#pools.of(this.#monitor.nodeNamed(address.name)?.address ?? address);
    if (!pool) throw new PoolEndedError();
    return pool;
  }

  get stats(): readonly NodePoolStats[] {
    return this.#pools.stats;
  }

  /** The node refused a write as read-only, so every role may have changed: asks all, and says whether this one still is the primary. */
  async isStillPrimary({ name }: Pick<NodeAddress, 'name'>): Promise<boolean> {
    const node = nodeNamed(this.topology, name);
    if (!node) return false;
    this.#monitor.reportStray(node.address.name);
    await this.#monitor.probeNow();
    return this.topology.primary?.address.name === node.address.name;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Ends every connection. */
  async end(): Promise<void> {
    this.#isEnded = true;
    this.#discovery.stop();
    this.#monitor.stop();
    await this.#pools.end();
  }

  /** What discovery has found: the others finish what they have, and are gone then. */
  #use(found: readonly NodeAddress[]): void {
    const names = new Set(found.map(({ name }) => name));
    for (const { address, state } of this.topology.nodes) {
      if (!names.has(address.name) && state !== 'draining') void this.#drain(address);
    }
    for (const node of found) this.#monitor.add(node);
  }

  async #drain(node: NodeAddress): Promise<void> {
    this.#monitor.drain(node.name);
    await this.#untilUnused(() => this.#pools.inUse(node));
    // It may have been listed again meanwhile.
    if (!this.topology.nodes.some(({ address, state }) => address.name === node.name && state === 'draining'))
      return;
    this.#monitor.forget(node.name);
    await this.#pools.forget(node.name);
  }

  #retire(name: string): void {
    void this.#pools.retire(name, async (pool) => {
      // A caller that was just given the pool uses it in a moment.
      await this.#pause();
      await this.#untilUnused(() => pool.inUse);
    });
  }

  async #untilUnused(inUse: () => number): Promise<void> {
    const { clock } = this.options;
    const deadlineMs = clock.now() + DRAIN_LIMIT_MS;
    while (inUse() > 0 && clock.now() < deadlineMs) await this.#pause();
  }

  #pause(): Promise<void> {
    const { clock, probeIntervalMs } = this.options;
    return pause(clock, probeIntervalMs, { keepAlive: false });
  }

  #connectTo(node: NodeAddress): NodeConnections<C> {
    const { name } = node;
    return this.engine.connect(node, {
      isReplica: () => nodeNamed(this.topology, name)?.role === 'replica',
      onFailure: (error) => this.#monitor.reportFailure(name, error),
    });
  }
}
