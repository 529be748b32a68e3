import type { QueryConfig } from 'pg';
import { outcomeOf } from '../../../execution/reports';
import type { NodeConnection } from '../../connections/node-connection';
import { textOf } from '../../protocol/query-types';
import type { TransactionResources } from './transaction-resources';

/** Reports the outcome of each statement of a transaction to the pool, if it has listeners. */
export class TransactionReports {
  readonly #resources: Pick<TransactionResources, 'reports' | 'nodes' | 'clock'>;

  constructor(resources: Pick<TransactionResources, 'reports' | 'nodes' | 'clock'>) {
    this.#resources = resources;
  }

  /** `error`: undefined if the server has answered. */
  report({ node }: NodeConnection, input: QueryConfig | string, startedAtMs: number, error: unknown): void {
    const { reports, nodes, clock } = this.#resources;
    if (!reports.isWanted) return;
    reports.statement({
      text: textOf(input),
      node: node.name,
      role: nodes.roleOf(node.name),
      reason: 'transaction',
      work: 'in-transaction',
      outcome: outcomeOf(error),
      durationMs: clock.now() - startedAtMs,
      error,
    });
  }
}
