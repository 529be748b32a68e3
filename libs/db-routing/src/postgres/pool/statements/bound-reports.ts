import type { Clock } from '../../../clock';
import type { NodeAddress } from '../../../engine/node-address';
import type { Statement } from '../../../engine/statement';
import type { ClusterNodes } from '../../../execution/nodes/cluster-nodes';
import { outcomeOf, type StatementReports } from '../../../execution/reports';
import type { NodeConnection } from '../../connections/node-connection';
import type { ForeseenStatus } from './foreseen-status';

interface ReportingParts {
  readonly clock: Clock;
  readonly nodes: ClusterNodes<NodeConnection>;
  readonly reports: StatementReports;
}

/** Reports the statements of a bound client. */
export class BoundReports {
  constructor(
    private readonly node: NodeAddress,
    private readonly status: Pick<ForeseenStatus, 'isOpen'>,
    private readonly parts: ReportingParts,
  ) {}

  /** `error`: undefined if the server has answered. */
  report({ text, target }: Statement, startedAtMs: number, error?: unknown): void {
    const { reports, nodes, clock } = this.parts;
    if (!reports.isWanted) return;
    const { name } = this.node;
    reports.statement({
      text,
      node: name,
      role: nodes.roleOf(name),
      reason: 'client',
      work: this.status.isOpen ? 'in-transaction' : target === 'replica' ? 'read' : 'write',
      outcome: outcomeOf(error),
      durationMs: clock.now() - startedAtMs,
      error,
    });
  }
}
