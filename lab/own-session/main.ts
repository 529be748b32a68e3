import { RoutedPool, Session, withReadConsistency } from 'db-routing';
import { PostgresCluster, until } from '@app/postgres-cluster';
import { shopDatabase } from '@app/shop-database';
import type * as Traces from '../../libs/db-routing/src/routing/route-trace';
import { internal } from '../db-routing-internals';
import { compare, perSecond, type Work } from '../compare';
import { withoutPositions } from './without-positions';

const { RouteTrace } = internal('routing/route-trace') as typeof Traces;

/**
 * Measures what the pool's own session costs, against the same pool without it. The two alternate, so that
 * variations of the machine affect both.
 */
const INSERTS = 1_000;
const READS = 4_000;
const WRITES_PER_SECOND = 200;

/** Behaves like a service in use: occasional writes and constant reads. */
async function whileWriting(pool: RoutedPool, work: () => Promise<void>): Promise<void> {
  const timer = setInterval(
    () => void pool.query('UPDATE item SET n = n + 1 WHERE id = 1'),
    1_000 / WRITES_PER_SECOND,
  );
  await work().finally(() => clearInterval(timer));
}

async function servedByReplicas(read: Work): Promise<string> {
  const trace = new RouteTrace();
  await trace.record(() => perSecond(READS, read));
  const served = trace.entries.filter(({ role, reason }) => role === 'replica' && reason === 'read');
  const primary = trace.entries.filter(({ role }) => role === 'primary');
  return `${served.length} sent to replicas, ${primary.length} to the primary, of ${READS} reads`;
}

async function main(): Promise<void> {
  const cluster = await PostgresCluster.start({ database: shopDatabase });
  const pool = await RoutedPool.start({
    url: cluster.url('migrator'),
    monitor: cluster.credentials('monitor'),
  });
  try {
    await cluster.primary.query('CREATE TABLE item (id serial PRIMARY KEY, n int DEFAULT 0)');
    await cluster.primary.query(
      'GRANT ALL ON item TO migrator; GRANT ALL ON SEQUENCE item_id_seq TO migrator',
    );
    await cluster.primary.query('INSERT INTO item SELECT FROM generate_series(1, 1000)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await until('all replicas to be fit', () => pool.topology.fitReplicas.length === 2);
    const read = () => pool.query('SELECT * FROM item WHERE id = $1', [Math.ceil(Math.random() * 1000)]);
    const eventual = () => withReadConsistency('eventual', read);
    const insert = () => pool.query('INSERT INTO item DEFAULT VALUES');
    await compare('the same twice, to see random variation', READS, eventual, eventual);
    await compare('reads of a process that has written nothing', READS, read, eventual);
    // Outside a session, only the first few writes after a read ask for their positions.
    const inSession = () => new Session().run(insert);
    const what = 'autocommit INSERT in a session, whose position is requested with it';
    await compare(what, INSERTS, inSession, () => withoutPositions(inSession));
    await cluster.waitForReplication();
    await compare('reads after its writes', READS, read, eventual);
    await whileWriting(pool, async () => {
      await compare(`reads while ${WRITES_PER_SECOND} writes a second run`, READS, read, eventual);
      process.stdout.write(`with it: ${await servedByReplicas(read)}\n`);
    });
  } finally {
    await pool.end();
    await cluster.stop();
  }
}

void main();
