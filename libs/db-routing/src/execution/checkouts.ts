import type { NodeStatus } from '../cluster/topology/snapshot';
import type { Clock } from '../clock';
import type { Session } from '../consistency/session';
import type { ExclusiveConnection } from '../engine/node-connections';
import { ConnectFailedError } from '../errors';
import type { Decision } from '../routing/decide';
import type { NodeLoad } from '../routing/node-load';
import type { Route } from '../routing/route';
import { traceRoute } from '../routing/route-trace';
import type { GroupGates } from './limits/group-gates';
import type { PrimaryWait } from './limits/primary-wait';
import type { NodeChoice } from './node-choice';
import type { ClusterNodes } from './nodes/cluster-nodes';
import { mustProve } from './positions/position-of-node';
import type { ServerPositions } from './positions/server-positions';
import type { SessionPrimary } from './positions/session-primary';
import type { SessionRecovery } from './positions/session-recovery';

/** The parts that Checkouts works with. */
export interface CheckoutParts<C extends ExclusiveConnection> {
  readonly clock: Clock;
  readonly nodes: ClusterNodes<C>;
  readonly choice: NodeChoice;
  readonly load: NodeLoad;
  readonly gates: GroupGates;
  readonly primaryWait: PrimaryWait;
  readonly positions: ServerPositions;
  readonly primaryOf: SessionPrimary;
  readonly recovery: SessionRecovery;
}

/**
 * Checks out connections for work that holds one longer than a single statement: transactions, cursors, and
 * clients with backend session state.
 */
export class Checkouts<C extends ExclusiveConnection> {
  constructor(private readonly parts: CheckoutParts<C>) {}

  /**
   * Acquires a connection to the node that the need decides on. Waits for a primary when the need is for one.
   * A connection to a replica has proven that it has everything that the session has seen. Throws
   * NoPrimaryError, NoFitNodeError, FailoverQueueFullError, GroupExhaustedError, ConnectFailedError,
   * PoolExhaustedError or PoolEndedError.
   */
  async acquire(need: Route, session?: Session): Promise<C> {
    try {
      return await this.#acquire(need, session);
    } catch (error) {
      if (!(await this.parts.recovery.hasHelped(session, error))) throw error;
      return this.#acquire(need, session);
    }
  }

  /** The node carries one more unit of load until the connection is given back. */
  async #counted(node: NodeStatus, leave: (() => void) | undefined): Promise<C> {
    const { nodes, load } = this.parts;
    load.begin(node);
    try {
      return await nodes.connectionsTo(node).acquire({
        onGivenUp: () => {
          load.end(node);
          leave?.();
        },
      });
    } catch (error) {
      load.end(node);
      throw error;
    }
  }

  async #acquire(asked: Route, session: Session | undefined): Promise<C> {
    const { primaryOf, clock, choice, gates } = this.parts;
    const route = choice.routeOf(asked, session);
    const need = route instanceof Promise ? await route : route;
    const behind = new Set<string>();
    let failedAtMs: number | undefined;
    for (;;) {
      if (need.target === 'primary') await primaryOf.ready(session, failedAtMs);
      const leave = need.group && (await gates.enter(need.group));
      let decision: Decision | undefined;
      let failed: ConnectFailedError | undefined;
      try {
        decision = choice.decide(need, behind);
        const connection = await this.#counted(decision.node, leave);
        if (await this.#isUsable(connection, decision, need)) return connection;
        const { name } = decision.node.address;
        if (mustProve(decision.node)) {
          behind.add(name);
          continue;
        }
        failed = new ConnectFailedError(name, 'its server is not known to be the primary');
      } catch (error) {
        leave?.();
        // Connecting failed, so no statement was sent.
        if (!decision || !(error instanceof ConnectFailedError)) throw error;
        failed = error;
      }
      const isFirst = failedAtMs === undefined;
      failedAtMs ??= clock.now();
      const isAgain = need.target === 'primary' || isFirst;
      const again = isAgain && this.#again(decision, failedAtMs);
      if (!again) throw failed;
      await again;
    }
  }

  #again({ node }: Decision, failedAtMs: number): Promise<void> | undefined {
    const { primaryWait, nodes } = this.parts;
    return primaryWait.toTryAgain(failedAtMs, nodes.probe(node));
  }

  /** Whether the connection has proven what the need asks for. If not, gives it back, or destroys it. */
  async #isUsable(connection: C, decision: Decision, need: Route): Promise<boolean> {
    const { node, reason } = decision;
    if (await this.parts.positions.isProven(connection, decision, need)) {
      traceRoute(node, reason);
      return true;
    }
    if (mustProve(node)) connection.release();
    else connection.destroy();
    return false;
  }
}
