import type { PoolClient } from 'pg';
import type { NodeChange } from '../../cluster/topology/node-changes';
import type { HookName } from '../../transaction/hooks';
import type { PositionWaitReport, StatementReport, TokenOutcome } from '../../execution/reports';
import type { ShadowReport } from '../../routing/router';

export interface RoutedPoolEvents {
  /** A node changed its state or role. */
  nodeChange: [NodeChange];
  /** A hook that runs after a transaction failed. */
  hookError: [unknown, HookName, string];
  /** What became of a statement on a node; made only while there is a listener. */
  statement: [StatementReport];
  /** A read has waited for a replica. */
  positionWait: [PositionWaitReport];
  /** A request brought a Consistency-Token. */
  token: [TokenOutcome];
  /** A routing rule on trial held for a statement. */
  shadow: [ShadowReport];
  /** Something in the background failed, which does no harm yet. */
  warning: [Error];
}

/**
 * The events of node-postgres' pool. connect and remove: of connections to any node, with the driver's client; acquire and release: of
 * clients that are handed out; error: an idle connection failed, emitted only while someone listens.
 */
export type PoolEvent = 'connect' | 'acquire' | 'release' | 'remove' | 'error';
export type PoolListener<K extends PoolEvent> = K extends 'error' | 'release'
  ? (error: Error, client: PoolClient) => void
  : (client: PoolClient) => void;
