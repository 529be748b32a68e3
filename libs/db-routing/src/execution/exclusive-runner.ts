import type { Submittable } from 'pg';
import type { Clock } from '../clock';
import type { Session } from '../consistency/session';
import { ConnectFailedError } from '../errors';
import type { Decision, Requirement } from '../routing/decide';
import type { NodeStatus } from '../cluster/topology/snapshot';
import type { Gate } from './limits/gate';
import type { NodeConnection } from '../postgres/connections/node-connection';
import type { NodePool } from '../postgres/connections/node-pool';
import type { PrimaryWait } from './limits/primary-wait';
import type { Route } from '../routing/route';
import type { ServerPositions } from './positions/server-positions';
import { traceRoute } from './statement-runner';
import { failSubmittable } from '../postgres/pool/client/submittable';

export interface ExclusiveRunnerOptions {
  readonly decide: (need: Route, exclude: ReadonlySet<string>) => Decision;
  readonly poolOf: (node: NodeStatus) => NodePool;
  readonly clock: Clock;
  /** Resolves when the monitor has asked the node again, or cannot. */
  readonly askAnew: (node: NodeStatus) => Promise<void>;
  readonly gateOf: (need: Requirement) => Gate | undefined;
  /** What the session has seen becomes part of what is needed. */
  readonly forSession: (need: Route, session: Session | undefined) => Route;
  readonly primaryWait: PrimaryWait;
  readonly positions: ServerPositions;
}

/** What is known of a cursor or stream. */
interface CursorUse {
  readonly isWrite: boolean;
  readonly changesSession: boolean;
  /** See Statement. */
  readonly outlivesDiscard?: boolean | undefined;
}

/** What needs a connection to itself for longer than one statement: transactions, cursors, clients with session state. */
export class ExclusiveRunner {
  constructor(private readonly options: ExclusiveRunnerOptions) {}

  /**
   * A cursor, stream or query object outside of a transaction has a connection to itself. Resolves when it is closed, or has failed.
   * `changesSession`: what it leaves there belongs to no other borrower.
   */
  async cursor(
    need: Route,
    submittable: Submittable,
    session: Session | undefined,
    { isWrite, changesSession, outlivesDiscard = false }: CursorUse,
  ): Promise<void> {
    // Its caller may learn that it is done before the server was asked where that is.
    const placed = isWrite ? session?.startWrite() : undefined;
    let connection: NodeConnection;
    try {
      connection = await this.acquire(need, session);
    } catch (error) {
      placed?.();
      failSubmittable(submittable, error as Error);
      return;
    }
    if (changesSession) connection.markSessionState({ outlivesDiscard });
    await new Promise<void>((resolve) => connection.submit(submittable, [], resolve));
    const told = this.options.positions.seen(connection, isWrite, session).then((isTold) => {
      if (isTold) placed?.();
      connection.release();
    });
    session?.settle(told);
  }

  /**
   * A connection for a transaction, a cursor or a client with session state. On the primary it waits for there to be one. One to a
   * replica is proven to have what the session has seen.
   */
  async acquire(asked: Route, session?: Session): Promise<NodeConnection> {
    const need = this.options.forSession(asked, session);
    const behind = new Set<string>();
    const { primaryWait, clock, askAnew } = this.options;
    let failedAtMs: number | undefined;
    for (;;) {
      if (need.target === 'primary') await primaryWait.forPrimary(failedAtMs);
      let node: NodeStatus | undefined;
      const leave = await this.options.gateOf(need)?.enter();
      try {
        const decision = this.options.decide(need, behind);
        ({ node } = decision);
        const connection = await this.options.poolOf(decision.node).acquire({ onGivenUp: leave });
        if (await this.options.positions.isProven(connection, decision, need)) {
          traceRoute(decision.node, decision.reason);
          return connection;
        }
        behind.add(decision.node.address.name);
        connection.release();
      } catch (error) {
        leave?.();
        // Nothing has been sent yet.
        if (!node || !(error instanceof ConnectFailedError)) throw error;
        const isFirst = failedAtMs === undefined;
        failedAtMs ??= clock.now();
        const isAgain = need.target === 'primary' || isFirst;
        const again = isAgain && primaryWait.toTryAgain(failedAtMs, askAnew(node));
        if (!again) throw error;
        await again;
      }
    }
  }
}
