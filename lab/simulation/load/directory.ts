import type { Lookup } from '../../../libs/db-routing/src/cluster/discovery/lookup';
import type { Scheduler } from '../time/scheduler';

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
    private readonly scheduler: Scheduler,
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
    if (this.#absentSinceMs.size < this.hosts.length - 2) this.#absentSinceMs.set(host, this.scheduler.nowMs);
  }

  restore(): void {
    this.isBroken = false;
    this.#absentSinceMs.clear();
  }

  /** Why the node must not serve any more. */
  objection(node: string): string | undefined {
    // A name without an address keeps the nodes that it has led to.
    if (!this.#isSrv) return undefined;
    const sinceMs = this.#absentSinceMs.get(node.replace(/:.*/, ''));
    const forMs = this.scheduler.nowMs - (sinceMs ?? Infinity);
    if (this.isBroken || forMs < 2 * this.intervalMs + TOLERANCE_MS) return undefined;
    return `it has left the cluster ${Math.round(forMs)} ms ago`;
  }
}
