import type { Clock } from '../../../clock';
import type { NodeAddress } from '../../../engine/node-address';
import type { ServerPosition } from '../../../engine/position';
import type { ClusterNodes } from '../../../execution/nodes/cluster-nodes';
import type { StatementReports } from '../../../execution/reports';
import type { NodeConnection } from '../../connections/node-connection';

/** What the pool provides to one managed transaction. */
export interface TransactionResources {
  /** Called once, at the first statement. */
  readonly acquire: () => Promise<NodeConnection>;
  /** Called when the transaction is over, if it acquired a connection. */
  readonly giveBack: (connection: NodeConnection) => void;
  /** Whether the transaction asks for the server's position behind its end. Called once for each end. */
  readonly asksPosition: (end: 'COMMIT' | 'ROLLBACK') => boolean;
  /** Statements that set the transaction's limits where its connection has none; sent with BEGIN. */
  readonly limitSql: readonly string[];
  readonly clock: Clock;
  readonly nodes: ClusterNodes<NodeConnection>;
  readonly reports: StatementReports;
  /** Resolves when the pool knows the definitions that the transaction may have changed; never rejects. */
  readonly settleDefinitions: () => Promise<void>;
  /**
   * Called when the transaction is over; without a position if it was not asked for, or is lost. Undefined
   * when there is nothing to wait for.
   */
  readonly advanceSession: (
    node: NodeAddress,
    position: ServerPosition | undefined,
    end: { readonly isCommitted: boolean; readonly isAsked: boolean },
  ) => Promise<void> | undefined;
}
