import type { ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import type { QueryResult } from 'pg';
import { systemClock, systemRandom } from '../src/clock';
import type { LaneOptions, LaneRead } from '../src/postgres/lanes/lane-read';
import { NodeLanes } from '../src/postgres/lanes/node-lanes';
import { startCluster } from './test-cluster';

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

/** A node behind a link, with the table `item`, and the lanes to it that a test opens. */
export interface LaneLabs {
  readonly node: ClusterNode;
  /** Opens lanes that end with the test. */
  readonly open: (options?: Partial<LaneOptions>) => LaneLab;
  /** How many statements like the pattern run on the node. */
  readonly active: (pattern: string) => Promise<number>;
}

/** Starts the node before the tests of a file; `defaults` are the options of all lanes. */
export function useLaneLabs(defaults: Partial<LaneOptions> = {}): LaneLabs {
  let cluster: PostgresCluster;
  const labs: LaneLab[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 0, proxied: true });
    const node = cluster.primary;
    await node.query('CREATE TABLE item (id int PRIMARY KEY, label text)');
    await node.query("INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 2000) AS i");
    await node.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
  });

  afterEach(async () => {
    await cluster.primary.link.restore();
    await Promise.all(labs.splice(0).map((lab) => lab.end()));
  });

  afterAll(() => cluster.stop());

  return {
    get node() {
      return cluster.primary;
    },
    open(options) {
      const lab = new LaneLab(cluster.primary, { ...defaults, ...options });
      labs.push(lab);
      return lab;
    },
    async active(pattern) {
      const { rows } = await cluster.primary.query<{ count: string }>(
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE $1 AND state = 'active' AND pid <> pg_backend_pid()",
        [pattern],
      );
      return Number(rows[0]!.count);
    },
  };
}
