import type { NodeChange } from '../../cluster/topology/node-changes';
import type { NodeAddress } from '../../engine/node-address';
import type { ExclusiveConnection, NodeConnections, NodePoolStats } from '../../engine/node-connections';

/** The pools of the nodes there are: made when a node is first used, ended when it is gone. */
export class NodePools<C extends ExclusiveConnection> {
  readonly #pools = new Map<string, NodeConnections<C>>();
  /** Those whose name leads elsewhere by now: they finish what they have. */
  readonly #retired = new Map<NodeConnections<C>, string>();
  #isEnded = false;

  constructor(private readonly make: (node: NodeAddress) => NodeConnections<C>) {}

  /** The one that was made for the name, if there is one. */
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

  /** How many connections to the node are in use. */
  inUse(node: NodeAddress): number {
    return this.#pools.get(node.name)?.inUse ?? 0;
  }

  get stats(): readonly NodePoolStats[] {
    return [...this.#pools.values()].map(({ stats }) => stats);
  }

  /** Lets go of what waits for a node that does not answer. */
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
   * The name leads to another server than its connections do: nothing new goes onto those. `isUnused` resolves when what they had is done, or
   * is not waited for any longer.
   */
  async retire(name: string, isUnused: (pool: NodeConnections<C>) => Promise<void>): Promise<void> {
    const pool = this.#pools.get(name);
    if (!pool || this.#isEnded) return;
    this.#pools.delete(name);
    this.#retired.set(pool, name);
    await isUnused(pool);
    if (this.#retired.delete(pool)) await pool.end();
  }

  /** The node is no longer part of the cluster, and nothing runs on it any more. */
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
