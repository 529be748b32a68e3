import type { Lookup } from '../../../libs/db-routing/src/cluster/discovery/lookup';
import type { VirtualClock } from '../time/virtual-clock';

const DNS = '.dns';
const PORT = 5432;
/** A look-up under way when a name leaves may still find it. */
const TOLERANCE_MS = 50;

/** The names of a cluster whose nodes come and go: `a.dns` leads to the host `a`, an SRV name to all. */
export class Directory implements Lookup {
  isBroken = false;
  #isSrv = false;
  readonly #absentSinceMs = new Map<string, number>();

  constructor(
    private readonly hosts: readonly string[],
    private readonly intervalMs: number,
    private readonly clock: Pick<VirtualClock, 'now' | 'pausedUntilMs'>,
  ) {}

  addresses(name: string): Promise<readonly string[]> {
    const host = name.slice(0, -DNS.length);
    if (this.isBroken) return Promise.reject(new Error('no answer from the name server'));
    return Promise.resolve(this.#absentSinceMs.has(host) ? [] : [host]);
  }

  services(): Promise<readonly { readonly host: string; readonly port: number }[]> {
    this.#isSrv = true;
    if (this.isBroken) return Promise.reject(new Error('no answer from the name server'));
    const there = this.hosts.filter((host) => !this.#absentSinceMs.has(host));
    return Promise.resolve(there.map((host) => ({ host: `${host}${DNS}`, port: PORT })));
  }

  leave(host: string): void {
    if (this.#absentSinceMs.size < this.hosts.length - 2) this.#absentSinceMs.set(host, this.clock.now());
  }

  restore(): void {
    this.isBroken = false;
    this.#absentSinceMs.clear();
  }

  /** Why work that was placed at this time, or later, must not have gone to the node. */
  objection(node: string, atMs: number): string | undefined {
    // A name without an address keeps the nodes that it has led to.
    if (!this.#isSrv) return undefined;
    const sinceMs = this.#absentSinceMs.get(node.replace(/:.*/, ''));
    // A process that stands still does not look its names up.
    const forMs = atMs - Math.max(sinceMs ?? Infinity, this.clock.pausedUntilMs);
    if (this.isBroken || forMs < 2 * this.intervalMs + TOLERANCE_MS) return undefined;
    return `it had left the cluster for ${Math.round(forMs)} ms`;
  }
}
