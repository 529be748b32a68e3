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
import type { SessionRecovery } from './positions/session-recovery';

/** What connections are checked out with. */
export interface CheckoutParts<C extends ExclusiveConnection> {
  readonly clock: Clock;
  readonly nodes: ClusterNodes<C>;
  readonly choice: NodeChoice;
  readonly load: NodeLoad;
  readonly gates: GroupGates;
  readonly primaryWait: PrimaryWait;
  readonly positions: ServerPositions;
  readonly recovery: SessionRecovery;
}

/** Checks connections out for what needs one to itself for longer than one statement: transactions, cursors, clients with session state. */
export class Checkouts<C extends ExclusiveConnection> {
  constructor(private readonly parts: CheckoutParts<C>) {}

  /**
   * A connection to the node that is decided on. On the primary it waits for there to be one. One to a
   * replica is proven to have what the session has seen.
   */
  async acquire(need: Route, session?: Session): Promise<C> {
    try {
      return await this.#acquire(need, session);
    } catch (error) {
      if (!(await this.parts.recovery.hasHelped(session, error))) throw error;
      return this.#acquire(need, session);
    }
  }

  /** A transaction or a client is under way on the node until its connection is back. */
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
    const { primaryWait, clock, nodes, choice, gates, positions } = this.parts;
    const need = routeFor(asked, session, choice.snapshot);
    const behind = new Set<string>();
    let failedAtMs: number | undefined;
    for (;;) {
      if (need.target === 'primary') await primaryWait.forPrimary(failedAtMs);
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
        // Nothing has been sent yet.
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
