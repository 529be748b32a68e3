import type { NodeStatus } from '../cluster/topology/snapshot';
import type { Clock } from '../clock';
import type { Session } from '../consistency/session';
import type { ExclusiveConnection } from '../engine/node-connections';
import { ConnectFailedError } from '../errors';
import type { NodeLoad } from '../routing/node-load';
import { type Route, routeFor } from '../routing/route';
import { traceRoute } from '../routing/route-trace';
import type { GroupGates } from './limits/group-gates';
import type { PrimaryWait } from './limits/primary-wait';
import type { NodeChoice } from './node-choice';
import type { ClusterNodes } from './nodes/cluster-nodes';
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
    const { primaryWait, primaryOf, clock, nodes, choice, gates, positions } = this.parts;
    const need = routeFor(asked, session, choice.snapshot);
    const behind = new Set<string>();
    let failedAtMs: number | undefined;
    for (;;) {
      if (need.target === 'primary') await primaryOf.ready(session, failedAtMs);
      let node: NodeStatus | undefined;
      const leave = need.group && (await gates.enter(need.group));
      try {
        const decision = choice.decide(need, behind);
        ({ node } = decision);
        const connection = await this.#counted(node, leave);
        if (await positions.isProven(connection, decision, need)) {
          traceRoute(node, decision.reason);
          return connection;
        }
        behind.add(node.address.name);
        connection.release();
      } catch (error) {
        leave?.();
        // Connecting failed, so no statement was sent.
        if (!node || !(error instanceof ConnectFailedError)) throw error;
        const isFirst = failedAtMs === undefined;
        failedAtMs ??= clock.now();
        const isAgain = need.target === 'primary' || isFirst;
        const again = isAgain && primaryWait.toTryAgain(failedAtMs, nodes.probe(node));
        if (!again) throw error;
        await again;
      }
    }
  }
}
