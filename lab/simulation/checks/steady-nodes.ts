import type { NodeChange } from '../../../libs/db-routing/src/cluster/topology/node-changes';

/** Since when each node of a service has been as it is: in this state and role, with these other names. */
export class SteadyNodes {
  readonly #sinceMs = new Map<string, number>();

  changed({ before, now }: NodeChange, nowMs: number): void {
    if (now) this.#sinceMs.set(now.address.name, nowMs);
    else if (before) this.#sinceMs.delete(before.address.name);
  }

  hasBeenSince(node: string, sinceMs: number): boolean {
    return (this.#sinceMs.get(node) ?? Infinity) <= sinceMs;
  }
}
