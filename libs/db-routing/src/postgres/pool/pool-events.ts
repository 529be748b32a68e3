import type { PoolClient } from 'pg';
import type { NodeChange } from '../../cluster/topology/node-changes';
import type { HookName } from '../../transaction/hooks';
import type { PositionWaitReport, StatementReport, TokenOutcome } from '../../execution/reports';
import type { ShadowReport } from '../../routing/router';

/** The events of a RoutedPool besides those of node-postgres, with the arguments of their listeners. */
export interface RoutedPoolEvents {
  /** A node has changed its state or role. */
  nodeChange: [NodeChange];
  /**
   * A transaction hook that runs after COMMIT or ROLLBACK has failed: the error, the hook, and the name of
   * the transaction.
   */
  hookError: [unknown, HookName, string];
  /** A statement has ended on a node. The pool makes these reports only while there is a listener. */
  statement: [StatementReport];
  /** A read has waited for a replica. */
  positionWait: [PositionWaitReport];
  /** The pool has accepted or refused the consistency token of a request. */
  token: [TokenOutcome];
  /** A routing rule on trial has matched a statement. */
  shadow: [ShadowReport];
  /** Background work has failed; statements still run. */
  warning: [Error];
}

/**
 * The events of node-postgres' pool. `connect` and `remove` concern connections to any node, and pass the
 * driver's client. `acquire` and `release` concern the clients that the pool lends. `error` reports that an
 * idle connection has failed; it is emitted only while there is a listener.
 */
export type PoolEvent = 'connect' | 'acquire' | 'release' | 'remove' | 'error';
export type PoolListener<K extends PoolEvent> = K extends 'error' | 'release'
  ? (error: Error, client: PoolClient) => void
  : (client: PoolClient) => void;
