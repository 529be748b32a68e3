import type { PostgresCluster } from '@app/postgres-cluster';
import { NoPrimaryError, type RoutedPool, SpillLimitError } from '../src';
import { RouteTrace } from '../src/routing/route-trace';
import { eventually, startPool, untilAllFit } from './support';
import { startCluster } from './test-cluster';

describe('a cluster that changes', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;

  beforeEach(async () => {
    cluster = await startCluster();
    pool = await startPool(cluster);
    await pool.query('CREATE TABLE note (id int PRIMARY KEY)');
    await pool.query('INSERT INTO note VALUES (0)');
    await cluster.waitForReplication();
    await pool.refreshCatalog();
    await untilAllFit(pool);
  });

  afterEach(async () => {
    await pool.end();
    await cluster.stop();
  });

  it('moves writes to the promoted replica, holds them meanwhile, and never writes to the old primary again', async () => {
    const patient = await startPool(cluster, { failoverWaitMs: 30_000 });
    const old = cluster.primary;
    const [next, other] = cluster.replicas;
    await old.stop('fast');
    await eventually('the loss is noticed', () => patient.topology.primary === undefined);
    const held = Promise.all([
      patient.query('INSERT INTO note VALUES (1)'),
      patient.transactions.run({}, () => patient.query('INSERT INTO note VALUES (2)')),
    ]);
    await next!.promote();
    await held;
    expect(patient.topology.primary?.address.name).toBe(next!.name);

    await other!.follow(next!);
    await old.start();
    await eventually('the old primary is seen again', () =>
      patient.topology.nodes.some((node) => node.address.name === old.name && node.state === 'up'),
    );
    const trace = new RouteTrace();
    await trace.record(() => patient.query('INSERT INTO note VALUES (3)'));
    expect(trace.entries.map((entry) => entry.node)).toEqual([next!.name]);
    const { rows } = await old.query('SELECT id FROM note ORDER BY id');
    expect(rows).toEqual([{ id: 0 }]);

    await next!.kill();
    await eventually('the new primary is down', () => patient.topology.primary === undefined);
    expect(patient.topology.noPrimaryBecause).toContain('timeline 2 was seen');
    await patient.end();
  });

  it('refuses a write when no primary comes in time, and says why', async () => {
    const impatient = await startPool(cluster, { failoverWaitMs: 300 });
    await cluster.primary.stop('immediate');
    await eventually('the loss is noticed', () => impatient.topology.primary === undefined);
    const write = impatient.query('INSERT INTO note VALUES (9)');
    await expect(write).rejects.toThrow(NoPrimaryError);
    await expect(write).rejects.toThrow(/is a primary, down .*; waited 300 ms/);
    await impatient.end();
  });

  it('caps the reads that no replica can serve, so that writes keep their connections', async () => {
    const capped = await startPool(cluster, {
      maxSpilledReads: 2,
      acquireTimeoutMs: 500,
      maxConnectionsPerNode: 4,
    });
    await Promise.all(cluster.replicas.map((replica) => replica.kill()));
    await eventually('no replica is fit', () => capped.topology.fitReplicas.length === 0);
    const reads = Array.from({ length: 10 }, () => capped.query('SELECT pg_sleep(2)'));
    const settling = Promise.allSettled(reads);
    await capped.query('INSERT INTO note VALUES (5)');
    const settled = await settling;
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    const errors = settled.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as Error] : [],
    );
    expect(errors).toHaveLength(8);
    expect(errors.every((error) => error instanceof SpillLimitError)).toBe(true);
    await capped.end();
  });

  it('uses a replica that discovery finds, and lets go of one that is no longer listed', async () => {
    let listed = cluster.nodes.slice(0, 2);
    const discovering = await startPool(cluster, {
      url: cluster.url('migrator').replace(/@[^/]+/, '@_postgresql._tcp.shop'),
      discovery: 'srv',
      discoveryIntervalMs: 100,
      lookup: {
        services: async () => listed.map(({ host, port }) => ({ host, port })),
        addresses: async (host) => [host],
      },
    });
    const names = () => discovering.topology.nodes.map((node) => node.address.name).sort();
    expect(names()).toEqual(listed.map((node) => node.name).sort());
    const added = await cluster.addReplica();
    listed = [cluster.nodes[0]!, added];
    await eventually('the new replica serves, the other is gone', () => {
      const fit = discovering.topology.fitReplicas.map((node) => node.address.name);
      return fit.length === 1 && fit[0] === added.name && names().length === 2;
    });
    const trace = new RouteTrace();
    await trace.record(() => discovering.query('SELECT count(*) FROM note'));
    expect(trace.entries.map((entry) => entry.node)).toEqual([added.name]);
    await discovering.end();
  });

  it('prefers replicas of its own zone while one is fit', async () => {
    const [near, far] = cluster.replicas;
    const zoned = await startPool(cluster, { zone: 'a', zones: { [near!.name]: 'a', [far!.name]: 'b' } });
    await untilAllFit(zoned);
    const nodesOfReads = async () => {
      const trace = new RouteTrace();
      await trace.record(() =>
        Promise.all(Array.from({ length: 20 }, () => zoned.query('SELECT 1 FROM note'))),
      );
      return [...new Set(trace.entries.map((entry) => entry.node))];
    };
    expect(await nodesOfReads()).toEqual([near!.name]);
    await near!.kill();
    await eventually('the near one is down', () => zoned.topology.fitReplicas.length === 1);
    expect(await nodesOfReads()).toEqual([far!.name]);
    await zoned.end();
  });
});
