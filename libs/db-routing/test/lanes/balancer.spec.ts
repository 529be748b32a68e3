import type { PostgresCluster } from '@app/postgres-cluster';
import {
  ConfigurationError,
  RoutedPool,
  Session,
  type StatementReport,
  withReadConsistency,
} from '../../src';
import { eventually, untilAllFit } from '../support';
import { Balancer } from './balancer';
import { startCluster } from '../test-cluster';

describe('one name that leads to several replicas', () => {
  let cluster: PostgresCluster;
  let balancer: Balancer;
  let pool: RoutedPool;
  const warnings: Error[] = [];
  const said: string[] = [];

  beforeAll(async () => {
    cluster = await startCluster({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE item (id serial PRIMARY KEY)');
    await cluster.primary.query('GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC');
    await cluster.primary.query('GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC');
    await cluster.waitForReplication();
    balancer = await Balancer.open(cluster.replicas);
    const { user, password } = cluster.credentials('migrator');
    pool = await RoutedPool.start({
      url: `postgres://${user}:${password}@${cluster.primary.name},${balancer.name}/shop`,
      monitor: cluster.credentials('monitor'),
      probeIntervalMs: 300,
      maxStalenessMs: 3000,
      onWaiting: (message) => said.push(message),
    });
    pool.on('warning', (error) => warnings.push(error));
    await untilAllFit(pool, 1);
  });

  afterAll(async () => {
    await pool.end();
    await balancer.close();
    await cluster.stop();
  });

  it('is said at start', async () => {
    await eventually('it is told of', () => warnings.length > 0);
    expect(warnings).toEqual([expect.any(ConfigurationError)]);
    expect(warnings[0]!.message).toContain(`url is '${balancer.name}': it leads to several servers`);
    expect(said).toContain(warnings[0]!.message);
  });

  it('runs a read of a session twice at most', async () => {
    const reports: StatementReport[] = [];
    const listen = (report: StatementReport) => reports.push(report);
    pool.on('statement', listen);
    const oneAfterTheOther = async () => {
      const session = new Session();
      for (let i = 0; i < 10; i++) {
        await session.run(async () => {
          const { rows } = await pool.query<{ id: number }>('INSERT INTO item DEFAULT VALUES RETURNING id');
          const text = `SELECT id FROM item WHERE id = ${rows[0]!.id}`;
          expect((await pool.query(text)).rows).toEqual(rows);
          expect(reports.filter((report) => report.text === text).length).toBeLessThanOrEqual(2);
        });
      }
    };
    await Promise.all(Array.from({ length: 10 }, oneAfterTheOther));
    pool.off('statement', listen);
  });

  it('serves reads that may be of any age from replicas', async () => {
    for (let i = 0; i < 10; i++) {
      const read = () => pool.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
      const { rows } = await withReadConsistency('eventual', read);
      expect(rows).toEqual([{ replica: true }]);
    }
  });
});
