import type { HasTopology } from '../../cluster/topology/snapshot';
import type { PoolSession } from '../../consistency/pool-session';
import type { Session } from '../../consistency/session';
import { needsSession, onPrimary, type Route, routeFor } from '../../routing/route';
import type { UnaskedWrites } from './unasked-writes';

/** Adds to routes what their sessions need. */
export class SessionRoutes {
  constructor(
    private readonly nodes: HasTopology,
    private readonly own: PoolSession,
    private readonly unasked: UnaskedWrites,
  ) {}

  /** Returns a promise, which never rejects, only when it asks for the position of the pool's session. */
  of(need: Route, session: Session | undefined): Route | Promise<Route> {
    if (session === this.own && needsSession(need)) {
      this.own.consult();
      const covered = this.unasked.covered();
      if (covered) return covered.then((is) => (is ? this.#routeFor(need, session) : onPrimary(need)));
    }
    return this.#routeFor(need, session);
  }

  #routeFor(need: Route, session: Session | undefined): Route {
    return routeFor(need, session, this.nodes.topology);
  }
}
