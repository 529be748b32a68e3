import { AmbientKey } from '../ambient';
import type { NodeRole } from '../topology/snapshot';

/** Where a statement, or a transaction, went. */
export interface RouteEntry {
  readonly node: string;
  readonly role: NodeRole;
  readonly reason: string;
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

  /** `node=<name>;role=primary|replica;reason=<word>`, comma-separated: the value of `x-db-route`. */
  toString(): string {
    return this.#entries
      .map(({ node, role, reason }) => `node=${node};role=${role};reason=${reason}`)
      .join(', ');
  }
}
