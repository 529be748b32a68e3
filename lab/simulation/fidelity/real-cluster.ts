import { RoutedPool } from 'db-routing';
import { type ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import { systemClock } from '../library';
import * as sql from '../world/sql';
import {
  type ClusterUnderTest,
  type Part,
  PARTS,
  type ServiceUnderTest,
  type Tuning,
  type Work,
} from './cluster-under-test';
import { TUNING } from './options';

const SCHEMA = [
  "CREATE TABLE register (key text PRIMARY KEY, version int NOT NULL, writer text NOT NULL DEFAULT '')",
  'CREATE VIEW slow AS SELECT 1 AS one FROM pg_sleep(1)',
  'GRANT ALL ON register, slow TO app',
];
/** A replica waits for no read that is in the way of replay. */
const SETTINGS = { max_standby_streaming_delay: '0' };
const TOUCH = 'CREATE OR REPLACE FUNCTION touch(keys text[], by text) RETURNS SETOF register LANGUAGE sql';
const READS = `${TOUCH} STABLE AS 'SELECT * FROM register WHERE key = ANY (keys)'`;
const WRITES = `${TOUCH} VOLATILE AS
  'UPDATE register SET version = version + 1, writer = by WHERE key = ANY (keys) RETURNING *'`;
/** Long enough for a slow read to have begun, and not to be over. */
const WITHIN_SLOW_READ_MS = 400;
const TEXTS: Readonly<Record<Work, string>> = {
  read: sql.READ,
  write: sql.WRITE,
  'write-in-read': sql.HIDDEN_WRITE.replace('SELECT', 'SELECT * FROM'),
  slow: sql.SLOW_READ,
};

/** A cluster of PostgreSQL servers on this machine. */
export class RealCluster implements ClusterUnderTest {
  readonly kind = 'real';
  #parts = new Map<Part, ClusterNode>();
  readonly #pools: RoutedPool[] = [];

  private constructor(private readonly cluster: PostgresCluster) {}

  static async start(onProgress: (message: string) => void): Promise<RealCluster> {
    const database = {
      name: 'shop',
      owner: 'app',
      roles: { app: {}, monitor: { memberOf: ['pg_monitor'] } },
    };
    const cluster = await PostgresCluster.start({ database, proxied: true, settings: SETTINGS, onProgress });
    try {
      for (const statement of SCHEMA) await cluster.primary.query(statement);
      await cluster.waitForReplication();
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return new RealCluster(cluster);
  }

  /** Makes the cluster whole, gives its servers their parts, and makes the keys of a scenario. */
  async prepare(keys: readonly string[]): Promise<void> {
    const { cluster } = this;
    for (const node of cluster.nodes) {
      if (node.isRunning) node.thaw();
      await node.link.restore();
      if (!node.isRunning) await node.start();
    }
    for (const node of cluster.nodes) if (node !== cluster.primary) await node.follow(cluster.primary);
    for (const node of cluster.replicas) await node.resumeReplay();
    await cluster.primary.query(READS);
    this.#parts = new Map(
      [cluster.primary, ...cluster.replicas].map((node, index) => [PARTS[index] as Part, node]),
    );
    await cluster.primary.query(
      'INSERT INTO register (key, version) SELECT key, 0 FROM unnest($1::text[]) AS key',
      [keys],
    );
    await cluster.waitForReplication();
  }

  async service(tuning: Tuning = {}, aliases: readonly Part[] = []): Promise<ServiceUnderTest> {
    const hosts = PARTS.map((part) => this.#node(part).name);
    const others = aliases.map((part) => `localhost:${this.#node(part).port}`);
    const pool = await RoutedPool.start({
      ...TUNING,
      ...tuning,
      url: this.cluster.url('app').replace(/@[^/]*\//, `@${[...hosts, ...others].join(',')}/`),
      monitor: this.cluster.credentials('monitor'),
    });
    // The verdicts of a scenario show what matters of it.
    pool.on('warning', () => undefined);
    this.#pools.push(pool);
    return {
      clock: systemClock,
      get topology() {
        return pool.topology;
      },
      async query(work, keys) {
        const values = TEXTS[work].includes('$2') ? [keys, 'fidelity'] : [keys];
        const { rows } = await pool.query<{ key: string; version: number }>(TEXTS[work], values);
        // A server answers in any order, and a world in that of the keys.
        return keys.map((key) => rows.find((row) => row.key === key)?.version ?? 0);
      },
      transaction: (options, work) => pool.transactions.run(options, work),
    };
  }

  partOf(node: string): Part | undefined {
    return PARTS.find((part) => node.endsWith(`:${this.#node(part).port}`));
  }

  pauseReplay(part: Part): Promise<void> {
    return this.#node(part).pauseReplay();
  }

  resumeReplay(part: Part): Promise<void> {
    return this.#node(part).resumeReplay();
  }

  replicated(parts: readonly Part[]): Promise<void> {
    return this.cluster.waitForReplication({ replicas: parts.map((part) => this.#node(part)) });
  }

  stop(part: Part): Promise<void> {
    return this.#node(part).stop('fast');
  }

  crash(part: Part): Promise<void> {
    return this.#node(part).kill();
  }

  start(part: Part): Promise<void> {
    return this.#node(part).start();
  }

  freeze(part: Part): void {
    this.#node(part).freeze();
  }

  thaw(part: Part): void {
    this.#node(part).thaw();
  }

  promote(part: Part): Promise<void> {
    return this.#node(part).promote();
  }

  cut(part: Part): void {
    this.#node(part).link.cut();
  }

  heal(part: Part): Promise<void> {
    return this.#node(part).link.restore();
  }

  async conflict(): Promise<void> {
    await this.pause(WITHIN_SLOW_READ_MS);
    await this.#node('primary').query('BEGIN; LOCK TABLE register IN ACCESS EXCLUSIVE MODE; COMMIT');
  }

  async makeReadWrite(): Promise<void> {
    await this.#node('primary').query(WRITES);
    await this.replicated(['first', 'second']);
  }

  readonly pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  /** Ends the pools of a scenario. */
  async endServices(): Promise<void> {
    for (const node of this.cluster.nodes) await node.link.restore();
    for (const pool of this.#pools.splice(0)) await pool.end();
  }

  stopAll(): Promise<void> {
    return this.cluster.stop();
  }

  #node(part: Part): ClusterNode {
    const node = this.#parts.get(part);
    if (!node) throw new RangeError(`no server is the ${part}`);
    return node;
  }
}
