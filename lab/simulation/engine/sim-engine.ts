import type { Characteristics } from '../../../libs/db-routing/src/engine/characteristics';
import type { Engine, NodeFacts } from '../../../libs/db-routing/src/engine/engine';
import type { NodeAddress } from '../../../libs/db-routing/src/engine/node-address';
import type { ProbeAnswer } from '../../../libs/db-routing/src/engine/probe';
import { postgresErrors } from '../library';
import type { SimConnection } from './sim-connection';
import { SimNode } from './sim-node';
import { type Probed, SimProbe } from './sim-probe';
import type { Client } from './client';

export interface SimEngineOptions {
  readonly client: Client;
  readonly probeIntervalMs: number;
  readonly maxConnectionsPerNode: number;
  readonly maxLanesPerNode: number;
  readonly acquireTimeoutMs: number;
  readonly onProbed: (answer: ProbeAnswer, node: string, probed: Probed) => void;
  readonly onMissed: (node: string) => void;
}

/** The third engine: servers of a simulated world, reached through a simulated network. */
export class SimEngine implements Engine<SimConnection> {
  readonly errors = postgresErrors;
  readonly isPooled = false;
  readonly nodes: SimNode[] = [];

  constructor(private readonly options: SimEngineOptions) {}

  /** As on PostgreSQL: hot standby has no SERIALIZABLE. */
  mayRunOnReplica({ readOnly, isolation, deferrable }: Characteristics): boolean {
    return readOnly && isolation !== 'SERIALIZABLE' && !deferrable;
  }

  probe(node: NodeAddress): SimProbe {
    const { client, probeIntervalMs: deadlineMs, onProbed, onMissed } = this.options;
    return new SimProbe(node, {
      client,
      deadlineMs,
      onAnswer: (answer, probed) => onProbed(answer, node.name, probed),
      onMiss: () => onMissed(node.name),
    });
  }

  connect(node: NodeAddress, facts: NodeFacts): SimNode {
    const { client, maxConnectionsPerNode, maxLanesPerNode, acquireTimeoutMs } = this.options;
    const connections = new SimNode(node, facts, {
      client,
      maxConnections: maxConnectionsPerNode,
      maxLanes: maxLanesPerNode,
      acquireTimeoutMs,
    });
    this.nodes.push(connections);
    return connections;
  }
}
