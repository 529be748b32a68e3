import type { Clock } from '../../clock';
import { ConfigurationError } from '../../errors';
import type { ProbeAnswer } from '../../engine/probe';
import type { NodeStatus } from '../topology/snapshot';

/** After this long without another server at its name, a name is taken to lead to one again. */
const MEMORY_MS = 60_000;
/** At start each name is asked so often besides, on new connections: a balancer has as many chances to show itself. */
const EXTRA_ASKS = 2;

interface Seen {
  /** By when it was started: differs for every server. */
  last: string;
  readonly earlier: Set<string>;
  severalUntilMs: number;
}

/** Asks a node on a connection of its own. */
interface FreshProbe {
  ask(): Promise<ProbeAnswer>;
  close(): void;
}

export interface ServersBehindNamesOptions {
  readonly clock: Clock;
  readonly freshProbe: (node: NodeStatus) => FreshProbe;
  /** Asks the node on the monitor's own connection, and resolves with what is known of it then. */
  readonly askAnew: (node: NodeStatus) => Promise<NodeStatus | undefined>;
  /** Told once for each name. */
  readonly onSeveral: (error: ConfigurationError) => void;
}

/**
 * Which names of nodes lead to several servers: a balancer before replicas, say. A server that is restarted is another one from then on; one
 * that is seen again after another was there has never been away.
 */
export class ServersBehindNames {
  readonly #seen = new Map<string, Seen>();
  readonly #told = new Set<string>();

  constructor(private readonly options: ServersBehindNamesOptions) {}

  /** Names that lead to several servers. */
  get several(): readonly string[] {
    const nowMs = this.options.clock.now();
    return [...this.#seen].filter(([, seen]) => seen.severalUntilMs > nowMs).map(([name]) => name);
  }

  leadsToSeveral({ address }: NodeStatus): boolean {
    const seen = this.#seen.get(address.name);
    return seen !== undefined && seen.severalUntilMs > this.options.clock.now();
  }

  /** A connection to the node was answered by another server than the monitor knows there. Resolves when the monitor has asked again. */
  async isOther(node: NodeStatus, startedAt: string | undefined): Promise<void> {
    // What its caller knew is of some moments ago, and says nothing once there is anything else to go by.
    if (!this.#seen.has(node.address.name)) this.#see(node, node.startedAt);
    this.#see(node, startedAt);
    if (this.leadsToSeveral(node)) return;
    const now = await this.options.askAnew(node);
    // Without an answer it is known of old only.
    if (now?.state === 'up' || now?.state === 'lagging') this.#see(node, now.startedAt);
  }

  /** Asks each of them on several connections. Never rejects. */
  async lookBehind(nodes: readonly NodeStatus[]): Promise<void> {
    await Promise.all(nodes.map((node) => this.#lookBehind(node)));
  }

  async #lookBehind(node: NodeStatus): Promise<void> {
    const answers = await Promise.all(
      Array.from({ length: EXTRA_ASKS }, async () => {
        const probe = this.options.freshProbe(node);
        const answer = await probe.ask().catch(() => undefined);
        probe.close();
        return answer?.startedAt;
      }),
    );
    const other = answers.find((startedAt) => startedAt !== undefined && startedAt !== node.startedAt);
    if (other !== undefined) await this.isOther(node, other);
  }

  #see({ address: { name } }: NodeStatus, startedAt: string | undefined): void {
    if (startedAt === undefined) return;
    const seen = this.#seen.get(name);
    if (!seen) {
      this.#seen.set(name, { last: startedAt, earlier: new Set(), severalUntilMs: Number.NEGATIVE_INFINITY });
      return;
    }
    if (seen.last === startedAt) return;
    const isBack = seen.earlier.has(startedAt);
    seen.earlier.add(seen.last);
    seen.last = startedAt;
    if (!isBack) return;
    seen.severalUntilMs = this.options.clock.now() + MEMORY_MS;
    this.#tell(name);
  }

  #tell(name: string): void {
    if (this.#told.has(name)) return;
    this.#told.add(name);
    const limit =
      'it leads to several servers, so that nothing is known for certain of any; list each server, or set discovery to dns or srv';
    this.options.onSeveral(new ConfigurationError('url', name, limit));
  }
}
