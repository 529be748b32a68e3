import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool, RoutingRule } from '../../src';
import { RouteTrace } from '../../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from '../support';
import { startCluster } from '../test-cluster';

const SCHEMA = [
  'CREATE TABLE orders (id int PRIMARY KEY, total int NOT NULL)',
  'CREATE TABLE views (id int PRIMARY KEY, n int NOT NULL)',
  'CREATE TABLE products (id int PRIMARY KEY)',
  'CREATE SCHEMA archive',
  'CREATE TABLE archive.old_orders (id int PRIMARY KEY)',
  'INSERT INTO orders SELECT n, n FROM generate_series(1, 10) AS n',
  'INSERT INTO views SELECT n, 0 FROM generate_series(1, 10) AS n',
  'GRANT USAGE ON SCHEMA archive TO reader',
  'GRANT SELECT ON ALL TABLES IN SCHEMA public, archive TO reader',
];

/** A primary and `replicas` replicas with some tables in two schemas. */
export async function startLab(replicas: number): Promise<PostgresCluster> {
  const cluster = await startCluster({ replicas });
  const pool = await startPool(cluster);
  for (const statement of SCHEMA) await pool.query(statement);
  await pool.end();
  await cluster.waitForReplication();
  return cluster;
}

/** A pool on the lab, for the tests of a file. */
export interface RulesLab {
  readonly cluster: PostgresCluster;
  readonly pool: RoutedPool;
  /** Replaces the pool's rules, until the test ends. */
  readonly underRules: (...rules: RoutingRule[]) => void;
}

/** Starts both before the tests of a file, with two replicas, and stops them afterwards. */
export function useRulesLab(): RulesLab {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeAll(async () => {
    cluster = await startLab(2);
    pool = await startPool(cluster);
    await untilAllFit(pool);
  });

  afterEach(() => pool.useRules([]));

  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  return {
    get cluster() {
      return cluster;
    },
    get pool() {
      return pool;
    },
    underRules: (...rules) => pool.useRules(rules),
  };
}

/** `node role reason` of each statement in `work`. */
export async function routesOf(work: () => Promise<unknown>): Promise<string[]> {
  const trace = new RouteTrace();
  await trace.record(work);
  return trace.entries.map(({ node, role, reason }) => `${node} ${role} ${reason}`);
}

/** The nodes that serve `count` reads at once. */
export async function nodesOf(pool: RoutedPool, text: string, count = 40): Promise<string[]> {
  const trace = new RouteTrace();
  await trace.record(() => Promise.all(Array.from({ length: count }, () => pool.query(text))));
  return [...new Set(trace.entries.map(({ node }) => node))].sort();
}

/**
 * The nodes that serve reads until all `expected` ones have. A replica whose first answers were slow, as on a
 * busy machine, gets no more than a trial read now and then.
 */
export async function nodesUntil(
  expected: readonly string[],
  pool: RoutedPool,
  text: string,
): Promise<string[]> {
  const used = new Set<string>();
  await eventually(`reads on ${expected.join(', ')}`, async () => {
    for (const node of await nodesOf(pool, text)) used.add(node);
    return expected.every((node) => used.has(node));
  });
  return [...used].sort();
}
