import type { Submittable } from 'pg';
import type { Session } from '../consistency/session';
import { ConnectFailedError, WriteOutcomeUnknownError } from '../errors';
import type { Decision, Requirement } from '../routing/decide';
import type { NodeStatus } from '../topology/snapshot';
import type { Gate } from './gate';
import type { NodeConnection } from './node-connection';
import type { NodePool } from './node-pool';
import type { PrimaryWait } from './primary-wait';
import type { AnyResult } from './query-types';
import type { Route } from './route';
import type { ServerPositions } from './server-positions';
import { type StatementRequest, traceRoute } from './statement-runner';
import { failSubmittable } from './submittable';

export interface ExclusiveRunnerOptions {
  readonly decide: (need: Route, exclude: ReadonlySet<string>) => Decision;
  readonly poolOf: (node: NodeStatus) => NodePool;
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
  readonly held: Promise<NodeConnection> | undefined;
}

/** What needs a connection to itself for longer than one statement: transactions, cursors, clients with session state. */
export class ExclusiveRunner {
  constructor(private readonly options: ExclusiveRunnerOptions) {}

  /**
   * A cursor or stream outside of a transaction has a connection to itself until it is closed: `held`, which stays its client's, or one of
   * its own. `changesSession`: what it leaves there nobody must inherit.
   */
  cursor(
    need: Route,
    submittable: Submittable,
    session: Session | undefined,
    { isWrite, changesSession, held }: CursorUse,
  ): void {
    // Its caller learns that it is done before anybody can ask for its position.
    const placed = isWrite ? session?.startWrite() : undefined;
    (held ?? this.acquire(need, session)).then(
      (connection) => {
        if (changesSession) connection.markSessionState();
        connection.submit(submittable, [], () => {
          const told = this.options.positions.seen(connection, isWrite, session).then((isTold) => {
            if (isTold) placed?.();
            if (!held) connection.release();
          });
          session?.settle(told);
        });
      },
      (error: unknown) => {
        placed?.();
        failSubmittable(submittable, error as Error);
      },
    );
  }

  /**
   * A connection for a transaction, a cursor or a client with session state. On the primary it waits for there to be one. One to a
   * replica is proven to have what the session has seen.
   */
  async acquire(asked: Route, session?: Session): Promise<NodeConnection> {
    const need = this.options.forSession(asked, session);
    const behind = new Set<string>();
    for (let attempt = 1; ;) {
      if (need.target === 'primary') await this.options.primaryWait.forPrimary();
      const leave = await this.options.gateOf(need)?.enter();
      try {
        const decision = this.options.decide(need, behind);
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
        if (attempt > 1 || !(error instanceof ConnectFailedError)) throw error;
        attempt += 1;
      }
    }
  }

  /**
   * A statement on a connection that a client holds: what it has written or seen, its session has too. Throws WriteOutcomeUnknownError when
   * nobody could say where that is.
   */
  async onHeld(
    connection: NodeConnection,
    { input, values }: Pick<StatementRequest, 'input' | 'values'>,
    session: Session | undefined,
  ): Promise<AnyResult> {
    if (!session) return connection.query(input, values);
    const { result, position } = await connection.ask({ input, values, wantsPosition: true });
    try {
      await this.options.positions.ended(connection.node, position, true, session);
    } catch (cause) {
      throw new WriteOutcomeUnknownError('position', { cause });
    }
    return result;
  }
}
