import type { ClusterNode } from '@app/postgres-cluster';
import type { QueryResult } from 'pg';
import { systemClock, systemRandom } from '../src/clock';
import type { LaneOptions, LaneRead } from '../src/postgres/lanes/lane-read';
import { NodeLanes } from '../src/postgres/lanes/node-lanes';

/** Lanes to one node of a cluster, and the failures that they report. */
export class LaneLab {
  readonly failures: Error[] = [];
  readonly lanes: NodeLanes;

  constructor(node: ClusterNode, options: Partial<LaneOptions> = {}) {
    this.lanes = new NodeLanes(
      { name: node.name, host: node.host, port: node.port },
      {
        connection: { connectionString: node.url('migrator'), application_name: 'lanes' },
        acquireTimeoutMs: 5000,
        statementTimeoutMs: 30_000,
        clock: systemClock,
        random: systemRandom,
        onFailure: (_, error) => this.failures.push(error),
        ...options,
      },
    );
  }

  async rows(
    input: LaneRead['input'],
    values?: unknown[],
    more: Partial<LaneRead> = {},
  ): Promise<Record<string, unknown>[]> {
    const { result } = await this.lanes.read({ input, values, ...more });
    return (result as QueryResult<Record<string, unknown>>).rows;
  }

  /** The server process behind the lane that answers. */
  async backend(): Promise<number> {
    const [row] = await this.rows('SELECT pg_backend_pid() AS pid');
    return row!.pid as number;
  }

  /** Runs the statement often enough that a lane prepares it and lets it share a Sync. */
  async warm(text: string, values: unknown[]): Promise<void> {
    for (let i = 0; i < 30; i++) await this.rows(text, values);
  }

  end(): Promise<void> {
    return this.lanes.end();
  }
}
