import type { RouteEntry } from '../../../libs/db-routing/src/routing/route-trace';
import type { StatementOutcome } from 'db-routing';
import { RouteTrace } from '../library';
import type { CallPhase } from './phases';
import type { ServiceWatch } from './service-watch';

/** The routes of one call; tells the watch of its service where each statement runs. */
export class WatchedTrace extends RouteTrace {
  phase: CallPhase | undefined = 'not sent yet';
  #isAutocommit = false;
  #spilled: (() => void) | undefined;

  constructor(
    private readonly watch: ServiceWatch,
    private readonly onRoute?: (entry: RouteEntry) => void,
  ) {
    super();
    watch.calls.add(this);
  }

  /** The call is over. */
  end(): void {
    this.watch.calls.delete(this);
  }

  /** One attempt of the current call has ended. */
  static ended(outcome: StatementOutcome): void {
    const trace = RouteTrace.current();
    if (!(trace instanceof WatchedTrace)) return;
    trace.#leave();
    if (outcome === 'stale') trace.phase = 'replica is behind';
    else if (outcome === 'retried') trace.phase = 'between attempts';
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
    this.onRoute?.(entry);
    this.phase = entry.reason === 'hedge' ? 'hedged' : undefined;
    // The attempt before this one is over.
    this.#leave();
    this.#spilled = this.watch.routed(entry, this.#isAutocommit);
  }

  #leave(): void {
    this.#spilled?.();
    this.#spilled = undefined;
  }
}
