import type { QueryConfig } from 'pg';
import type { NodeConnection } from '../../connections/node-connection';
import { KEPT_POSITION_QUERY, positionIn } from '../../position/position-query';
import type { AnyResult } from '../../protocol/query-types';
import type { TransactionResources } from './transaction-resources';

/**
 * The server's position at the end of a transaction. It moves the session of the transaction's caller
 * forward.
 */
export class FinalPosition {
  readonly #resources: Pick<TransactionResources, 'asksPosition' | 'advanceSession'>;
  #isAsked = false;

  constructor(resources: Pick<TransactionResources, 'asksPosition' | 'advanceSession'>) {
    this.#resources = resources;
  }

  /** The query to send behind COMMIT or ROLLBACK, as the last of their batch; none when it is not wanted. */
  queryBehind(end: 'COMMIT' | 'ROLLBACK'): readonly QueryConfig[] {
    this.#isAsked = this.#resources.asksPosition(end);
    return this.#isAsked ? [KEPT_POSITION_QUERY] : [];
  }

  /** Moves the session to the position in the batch's answers. Undefined: there is nothing to wait for. */
  advance(
    { node }: NodeConnection,
    answers: readonly PromiseSettledResult<AnyResult>[],
    isCommitted: boolean,
  ): Promise<void> | undefined {
    const last = this.#isAsked ? answers.at(-1) : undefined;
    const position = last?.status === 'fulfilled' ? positionIn(last.value) : undefined;
    return this.#resources.advanceSession(node, position, { isCommitted, isAsked: this.#isAsked });
  }
}
