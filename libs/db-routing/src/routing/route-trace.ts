import { AmbientKey, type AmbientValue } from '../ambient';
import type { NodeRole, NodeStatus } from '../cluster/topology/snapshot';

/** Where a statement or transaction ran. */
export interface RouteEntry {
  readonly node: string;
  readonly role: NodeRole;
  readonly reason: string;
  /** Maximum age of the node's data, in milliseconds, as of the last probe; undefined when unknown. */
  readonly stalenessMs?: number | undefined;
}

/** The routes of one request's statements, in order of execution. */
export class RouteTrace {
  static readonly #current = new AmbientKey<RouteTrace>('route-trace');

  readonly #entries: RouteEntry[] = [];

  static current(): RouteTrace | undefined {
    return RouteTrace.#current.get();
  }

  /** Runs `fn`, and records here where the statements ran that it starts or awaits. */
  record<R>(fn: () => R): R {
    return RouteTrace.#current.run(this, fn);
  }

  /** The trace, as a value for ambientWith(): what runs with it is recorded here. */
  get ambient(): AmbientValue {
    return RouteTrace.#current.with(this);
  }

  add(entry: RouteEntry): void {
    this.#entries.push(entry);
  }

  get entries(): readonly RouteEntry[] {
    return this.#entries;
  }

  /**
   * `node=<name>;role=primary|replica;reason=<word>;staleness=<ms>`, comma-separated: the value of
   * `x-db-route`.
   */
  toString(): string {
    return this.#entries
      .map(({ node, role, reason, stalenessMs }) => {
        const staleness = stalenessMs === undefined ? 'unknown' : Math.round(stalenessMs);
        return `node=${node};role=${role};reason=${reason};staleness=${staleness}`;
      })
      .join(', ');
  }
}

/** Adds a statement to the trace of the current request, if there is one. */
export function traceRoute({ address, role, stalenessMs }: NodeStatus, reason: string): void {
  RouteTrace.current()?.add({ node: address.name, role, reason, stalenessMs });
}
