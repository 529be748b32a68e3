import { EventEmitter } from 'node:events';
import { TopologyMonitor } from '../../cluster/monitor/monitor';
import type { NodeChange } from '../../cluster/topology/node-changes';
import { NodeProbe } from '../../postgres/position/probe';
import type { NodeAddress } from '../../engine/node-address';
import { Discovery } from '../../cluster/discovery/discovery';
import { nodeNamed, type NodeStatus, type TopologySnapshot } from '../../cluster/topology/snapshot';
import { untilUsable } from './cluster-start';
import { clientConfig, statementConfig } from '../../postgres/settings/connection-settings';
import { StatementHabits } from '../../postgres/lanes/statement-habits';
import type { ConnectionHooks } from '../../postgres/protocol/connection-hooks';
import { NodePool } from '../../postgres/connections/node-pool';
import { NodePools } from './node-pools';
import type { ResolvedOptions } from '../../postgres/pool/options/options';
import type { NodePoolStats } from '../reports';
import { ServersBehindNames } from '../../cluster/discovery/servers-behind-names';

interface ClusterNodesEvents {
  /** A node changed its state or role. What waited for one that is gone has been let go. */
  change: [NodeChange];
  /** Names could not be resolved; the nodes stay as they are. */
  warning: [Error];
}

/** A node that is taken out gets this long to finish what it has. */
const DRAIN_LIMIT_MS = 30_000;

/** The nodes of the cluster: found, watched, and connected to. */
export class ClusterNodes extends EventEmitter<ClusterNodesEvents> {
  /** What was learned of statements, on whichever node. */
  readonly habits: StatementHabits;
  readonly servers: ServersBehindNames;
  readonly #monitor: TopologyMonitor;
  readonly #pools: NodePools;
  readonly #discovery: Discovery;

  constructor(
    private readonly options: ResolvedOptions,
    private readonly hooks: ConnectionHooks,
  ) {
    super();
    const { clock, probeIntervalMs, maxStalenessMs } = options;
    this.habits = new StatementHabits({ clock });
    this.#monitor = new TopologyMonitor([], {
      limits: { maxStalenessMs, readmitStalenessMs: maxStalenessMs / 2, missesUntilDown: 2 },
      probeIntervalMs,
      clock,
      systemId: options.systemId,
      probeFor: (node) => this.#probeFor(node),
    });
    this.servers = new ServersBehindNames({
      clock,
      freshProbe: ({ address }) => this.#probeFor(address),
      askAnew: async ({ address: { name } }) => {
        await this.#monitor.probe(name);
        return nodeNamed(this.topology, name);
      },
      onSeveral: (error) => this.emit('warning', error),
    });
    this.#pools = new NodePools((node) => this.#makePool(node));
    this.#discovery = new Discovery({
      mode: options.discovery,
      listed: options.target.nodes,
      lookup: options.lookup,
      clock,
      intervalMs: options.discoveryIntervalMs,
      onFound: (nodes) => this.#use(nodes),
      onError: (error) => this.emit('warning', error),
    });
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
    return this.#monitor.snapshot;
  }

  /** Asks every node now; whoever asks meanwhile shares the answers. */
  probeNow(): Promise<void> {
    return this.#monitor.probeNow();
  }

  /** Asks one node now. */
  probe(name: string): Promise<void> {
    return this.#monitor.probe(name);
  }

  /** A connection to the node was answered by another server than it is known to be. Resolves when the monitor has asked it again. */
  reportStray(name: string): Promise<void> {
    this.#monitor.reportStray(name);
    return this.#monitor.probe(name);
  }

  /** Undefined once the nodes were ended. */
  poolOf({ address }: NodeStatus): NodePool | undefined {
    // Nearly always. What was decided on a moment ago may be another name of a node by now, whose own pool is retired.
    return (
      this.#pools.known(address.name) ??
      this.#pools.of(this.#monitor.nodeNamed(address.name)?.address ?? address)
    );
  }

  /** How much is under way on the node. */
  inUse({ address }: NodeStatus): number {
    return this.#pools.inUse(address);
  }

  get stats(): readonly NodePoolStats[] {
    return this.#pools.stats;
  }

  /** A node refused a write as read-only: every role may have changed. Resolves when all were asked. */
  reportRoleDoubt(name: string): Promise<void> {
    this.#monitor.reportStray(name);
    return this.#monitor.probeNow();
  }

  /** Ends every connection. */
  async end(): Promise<void> {
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
    return new Promise((resolve) => clock.after(probeIntervalMs, resolve, { keepAlive: false }));
  }

  #probeFor(node: NodeAddress): NodeProbe {
    const { connection, monitor, probeIntervalMs: deadlineMs, clock, applicationName } = this.options;
    return new NodeProbe(clientConfig(connection, node, monitor), { deadlineMs, clock, applicationName });
  }

  #makePool(node: NodeAddress): NodePool {
    const { options } = this;
    return new NodePool(node, {
      connection: statementConfig(options.connection, node),
      maxConnections: options.maxConnectionsPerNode,
      acquireTimeoutMs: options.acquireTimeoutMs,
      readQueueWaitMs: options.readQueueWaitMs,
      clock: options.clock,
      habits: this.habits,
      statementTimeoutMs: options.statementTimeoutMs,
      idleInTransactionTimeoutMs: options.idleInTransactionTimeoutMs,
      prepareStatements: options.prepareStatements,
      hooks: this.hooks,
      isReplica: () => nodeNamed(this.topology, node.name)?.role === 'replica',
      pooler: options.pooler,
      ...(options.maxLanesPerNode > 0 && { lanes: { max: options.maxLanesPerNode } }),
      onFailure: ({ name }, error) => this.#monitor.reportFailure(name, error),
    });
  }
}
