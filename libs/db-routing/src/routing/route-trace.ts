import { AmbientKey } from '../ambient';
import type { NodeRole, NodeStatus } from '../cluster/topology/snapshot';

/** Where a statement, or a transaction, went. */
export interface RouteEntry {
  readonly node: string;
  readonly role: NodeRole;
  readonly reason: string;
  /** How old its data was at most, in milliseconds, by the last probe; undefined: that could not be told. */
  readonly stalenessMs?: number | undefined;
}

/** The ways taken on behalf of one request, in order of execution. */
export class RouteTrace {
  static readonly #current = new AmbientKey<RouteTrace>('route-trace');

  readonly #entries: RouteEntry[] = [];

  static current(): RouteTrace | undefined {
    return RouteTrace.#current.get();
  }

  /** Everything that `fn` routes, and what it awaits, is recorded here. */
  record<R>(fn: () => R): R {
    return RouteTrace.#current.run(this, fn);
  }

  add(entry: RouteEntry): void {
    this.#entries.push(entry);
  }

  get entries(): readonly RouteEntry[] {
    return this.#entries;
  }

  /** `node=<name>;role=primary|replica;reason=<word>;staleness=<ms>`, comma-separated: the value of `x-db-route`. */
  toString(): string {
    return this.#entries
      .map(({ node, role, reason, stalenessMs }) => {
        const staleness = stalenessMs === undefined ? 'unknown' : Math.round(stalenessMs);
        return `node=${node};role=${role};reason=${reason};staleness=${staleness}`;
      })
      .join(', ');
  }
}

/** Adds a statement's way to the trace of the request that the calling code runs for, if there is one. */
export function traceRoute({ address, role, stalenessMs }: NodeStatus, reason: string): void {
  RouteTrace.current()?.add({ node: address.name, role, reason, stalenessMs });
}
