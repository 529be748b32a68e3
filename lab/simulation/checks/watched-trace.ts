import type { RouteEntry } from '../../../libs/db-routing/src/routing/route-trace';
import { RouteTrace } from '../library';
import type { ServiceWatch } from './service-watch';

/** The routes of one call; tells the watch of its service where each statement runs. */
export class WatchedTrace extends RouteTrace {
  #isAutocommit = false;
  #spilled: (() => void) | undefined;

  constructor(private readonly watch: ServiceWatch) {
    super();
  }

  /** An autocommit statement begins; call the returned function at its end. */
  static autocommit(): () => void {
    const trace = RouteTrace.current();
    if (!(trace instanceof WatchedTrace)) return () => undefined;
    trace.#isAutocommit = true;
    return () => {
      trace.#isAutocommit = false;
      trace.#leave();
    };
  }

  override add(entry: RouteEntry): void {
    super.add(entry);
    // The attempt before this one is over.
    this.#leave();
    this.#spilled = this.watch.routed(entry, this.#isAutocommit);
  }

  #leave(): void {
    this.#spilled?.();
    this.#spilled = undefined;
  }
}
