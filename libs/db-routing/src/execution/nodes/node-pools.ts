import type { NodeChange } from '../../cluster/topology/node-changes';
import type { NodeAddress } from '../../engine/node-address';
import type { ExclusiveConnection, NodeConnections, NodePoolStats } from '../../engine/node-connections';

/**
 * The connection pools of the nodes: each is made when its node is first used, and ended when the node is
 * removed.
 */
export class NodePools<C extends ExclusiveConnection> {
  readonly #pools = new Map<string, NodeConnections<C>>();
  /** Pools whose name now leads to another server: they only finish the work they have. */
  readonly #retired = new Map<NodeConnections<C>, string>();
  #isEnded = false;

  constructor(private readonly make: (node: NodeAddress) => NodeConnections<C>) {}

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The existing pool of that name, if any. */
  known(name: string): NodeConnections<C> | undefined {
    return this.#pools.get(name);
  }

  of(node: NodeAddress): NodeConnections<C> | undefined {
    const known = this.#pools.get(node.name);
    if (known || this.#isEnded) return known;
    const made = this.make(node);
    this.#pools.set(node.name, made);
    return made;
  }

  /** Number of connections to the node that are in use. */
  inUse(node: NodeAddress): number {
    return this.#pools.get(node.name)?.inUse ?? 0;
  }

  get stats(): readonly NodePoolStats[] {
    return [...this.#pools.values()].map(({ stats }) => stats);
  }

  /** Abandons work that waits for a node that no longer answers. */
  nodeChanged({ now }: NodeChange): void {
    if (!now) return;
    const { name } = now.address;
    const retired = [...this.#retired].flatMap(([pool, of]) => (of === name ? [pool] : []));
    const why = new Error(`${name} is ${now.state}: ${now.reason}`);
    for (const pool of [this.#pools.get(name), ...retired]) {
      if (now.state === 'down') pool?.abandon('everything', why);
      else if (now.state === 'suspect') pool?.abandon('reads', why);
    }
  }

  /**
   * Retires the pool because its name now leads to another server: the pool gets no new work, and ends when
   * `isUnused` resolves, which it does when the work is done or its time is up. Work that waits for a
   * connection chooses again, because it would get one to that other server.
   */
  async retire(name: string, isUnused: (pool: NodeConnections<C>) => Promise<void>): Promise<void> {
    const pool = this.#pools.get(name);
    if (!pool || this.#isEnded) return;
    this.#pools.delete(name);
    this.#retired.set(pool, name);
    pool.abandon('waiting', new Error(`${name} leads to another server now`));
    await isUnused(pool);
    if (this.#retired.delete(pool)) await pool.end();
  }

  /** Ends the pool of a node that has left the cluster and is unused. */
  async forget(name: string): Promise<void> {
    const pool = this.#pools.get(name);
    this.#pools.delete(name);
    await pool?.end();
  }

  async end(): Promise<void> {
    this.#isEnded = true;
    const pools = [...this.#pools.values(), ...this.#retired.keys()];
    this.#retired.clear();
    await Promise.all(pools.map((pool) => pool.end()));
  }
}
