import type { Clock } from '../../clock';
import { ConfigurationError } from '../../errors';
import type { ProbeAnswer } from '../../engine/probe';
import type { NodeStatus } from '../topology/snapshot';

/** A name that has led to one server only for this long counts as leading to one server again. */
const MEMORY_MS = 60_000;
/**
 * How many extra times each name is probed at start, on new connections: each gives a balancer a chance to
 * show itself.
 */
const EXTRA_ASKS = 2;

interface Seen {
  /** When the server was started, which differs for every server. */
  last: string;
  readonly earlier: Set<string>;
  severalUntilMs: number;
}

/** Probes a node on a connection made for that. */
interface FreshProbe {
  ask(): Promise<ProbeAnswer>;
  close(): void;
}

export interface ServersBehindNamesOptions {
  readonly clock: Clock;
  readonly freshProbe: (node: NodeStatus) => FreshProbe;
  /** Probes the node on the monitor's own connection, and resolves with its status after that. */
  readonly askAgain: (node: NodeStatus) => Promise<NodeStatus | undefined>;
  /** Called once for each name. */
  readonly onSeveral: (error: ConfigurationError) => void;
}

/**
 * Detects names that lead to several servers, such as that of a balancer in front of replicas. A restarted
 * server counts as another server. A server that is seen again after another one was never away: the name
 * leads to both.
 */
export class ServersBehindNames {
  readonly #seen = new Map<string, Seen>();
  readonly #told = new Set<string>();

  constructor(private readonly options: ServersBehindNamesOptions) {}

  /** The names that lead to several servers. */
  get several(): readonly string[] {
    const nowMs = this.options.clock.now();
    return [...this.#seen].filter(([, seen]) => seen.severalUntilMs > nowMs).map(([name]) => name);
  }

  leadsToSeveral({ address }: NodeStatus): boolean {
    const seen = this.#seen.get(address.name);
    return seen !== undefined && seen.severalUntilMs > this.options.clock.now();
  }

  /**
   * Call this when a connection to the node was answered by another server than the monitor knows there.
   * Resolves when the monitor has probed the node again.
   */
  async isOther(node: NodeStatus, startedAt: string | undefined): Promise<void> {
    // The status that the caller knew is moments old, and counts only while nothing newer is known.
    if (!this.#seen.has(node.address.name)) this.#see(node, node.startedAt);
    this.#see(node, startedAt);
    if (this.leadsToSeveral(node)) return;
    const now = await this.options.askAgain(node);
    // After a miss, its `startedAt` is still that of an earlier answer.
    if (now?.state === 'up' || now?.state === 'lagging') this.#see(node, now.startedAt);
  }

  /** Probes each node on several new connections. Never rejects. */
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
      'it leads to several servers, so the state of none of them is certain; ' +
      'list each server, or set discovery to dns or srv';
    this.options.onSeveral(new ConfigurationError('url', name, limit));
  }
}
