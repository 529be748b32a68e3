import type { PoolClient } from 'pg';
import { ANSWER_GRACE_MS } from '../../protocol/deadlines';
import { type Liveness, livenessOf } from '../../protocol/liveness';
import { queryTimeoutOf } from '../../protocol/query-timeout';
import type { NodePoolOptions } from '../node-pool-options';
import { ClientPreparedStatements } from './client-prepared-statements';
import { ClientWire } from './client-wire';

/** The wires of one node's clients: each client keeps its wire from one borrower to the next. */
export class ClientWires {
  readonly #wires = new WeakMap<PoolClient, ClientWire>();
  readonly #queryTimeoutMs: number | undefined;

  constructor(private readonly options: NodePoolOptions) {
    this.#queryTimeoutMs = queryTimeoutOf(options.connection);
  }

  of(client: PoolClient): ClientWire {
    let wire = this.#wires.get(client);
    if (!wire) {
      wire = this.#make(client);
      this.#wires.set(client, wire);
    }
    return wire;
  }

  #make(client: PoolClient): ClientWire {
    const { clock, prepareStatements, statementTimeoutMs } = this.options;
    return new ClientWire(client, {
      clock,
      statements: prepareStatements ? new ClientPreparedStatements(client, clock) : undefined,
      queryTimeoutMs: this.#queryTimeoutMs,
      answerDeadlineMs: statementTimeoutMs + ANSWER_GRACE_MS,
      livenessOf: (processId) => this.#livenessOf(processId, client),
    });
  }

  #livenessOf(processId: number, client: PoolClient): Promise<Liveness> {
    const { connection, acquireTimeoutMs: timeoutMs, pooler } = this.options;
    // Behind a pooler, the server does not limit statements outside a transaction block: the wire's deadline
    // does.
    if (pooler && client.getTransactionStatus() === 'I') return Promise.resolve('idle');
    return livenessOf(processId, { connection, timeoutMs });
  }
}
