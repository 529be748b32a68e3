import type { Clock, Random } from '../../clock';
import type { Characteristics } from '../../engine/characteristics';
import type { Engine, NodeFacts } from '../../engine/engine';
import type { NodeAddress } from '../../engine/node-address';
import { HeavyStatements } from '../lanes/heavy-statements';
import { NodeProbe } from '../position/probe';
import type { ConnectionHooks } from '../protocol/connection-hooks';
import { postgresErrors } from '../protocol/postgres-errors';
import {
  clientConfig,
  type ConnectionSettings,
  type Login,
  statementConfig,
} from '../settings/connection-settings';
import type { NodeConnection } from './node-connection';
import { NodePool } from './node-pool';
import type { TransactionPooler } from './transaction-pooler';

export interface PostgresEngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly connection: ConnectionSettings;
  /** The user that probes the nodes. */
  readonly monitor: Login;
  readonly applicationName: string;
  readonly probeIntervalMs: number;
  readonly maxConnectionsPerNode: number;
  /** 0: every read gets an exclusive connection. */
  readonly maxLanesPerNode: number;
  readonly acquireTimeoutMs: number;
  readonly readQueueWaitMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly prepareStatements: boolean;
  readonly pooler: TransactionPooler | undefined;
}

/**
 * Hot standby has no SERIALIZABLE (PostgreSQL manual, "Hot Standby"); DEFERRABLE has no effect without it.
 */
export function mayRunOnReplica({ readOnly, isolation, deferrable }: Characteristics): boolean {
  return readOnly && isolation !== 'SERIALIZABLE' && !deferrable;
}

/** PostgreSQL, reached through node-postgres. */
export class PostgresEngine implements Engine<NodeConnection> {
  readonly errors = postgresErrors;
  readonly mayRunOnReplica = mayRunOnReplica;
  /** Shared by all nodes. */
  readonly #habits: HeavyStatements;

  constructor(
    private readonly options: PostgresEngineOptions,
    private readonly hooks: ConnectionHooks,
  ) {
    this.#habits = new HeavyStatements({ clock: options.clock });
  }

  get isPooled(): boolean {
    return this.options.pooler !== undefined;
  }

  probe(node: NodeAddress): NodeProbe {
    const { connection, monitor, probeIntervalMs: deadlineMs, clock, applicationName } = this.options;
    return new NodeProbe(clientConfig(connection, node, monitor), { deadlineMs, clock, applicationName });
  }

  connect(node: NodeAddress, facts: NodeFacts): NodePool {
    const { options } = this;
    return new NodePool(node, facts, {
      connection: statementConfig(options.connection, node),
      maxConnections: options.maxConnectionsPerNode,
      acquireTimeoutMs: options.acquireTimeoutMs,
      readQueueWaitMs: options.readQueueWaitMs,
      clock: options.clock,
      random: options.random,
      habits: this.#habits,
      statementTimeoutMs: options.statementTimeoutMs,
      idleInTransactionTimeoutMs: options.idleInTransactionTimeoutMs,
      prepareStatements: options.prepareStatements,
      hooks: this.hooks,
      pooler: options.pooler,
      ...(options.maxLanesPerNode > 0 && { lanes: { max: options.maxLanesPerNode } }),
    });
  }
}
