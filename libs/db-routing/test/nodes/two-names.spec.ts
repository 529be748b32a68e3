import type { PostgresCluster } from '@app/postgres-cluster';
import type { RoutedPool } from '../../src';
import { eventually, startPool } from '../support';
import { MovableName, reads, servedBy, statusOf, urlOf } from './support';
import { startCluster } from '../test-cluster';

describe('names that lead to one server', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let names: MovableName[];

  const named = async (target = cluster.primary): Promise<MovableName> => {
    const name = await MovableName.of(target);
    names.push(name);
    return name;
  };
  const nodeNames = () => pool.topology.nodes.map(({ address }) => address.name).sort();

  beforeEach(async () => {
    cluster = await startCluster({ replicas: 1 });
    await cluster.primary.query('CREATE TABLE note (id int PRIMARY KEY); ALTER TABLE note OWNER TO migrator');
    await cluster.waitForReplication();
    names = [];
  });

  afterEach(async () => {
    await pool.end();
    for (const name of names) await name[Symbol.asyncDispose]();
    await cluster.stop();
  });

  it('are one node: without any replica, reads and writes go on', async () => {
    const [rw, r, third] = [await named(), await named(), await named()];
    pool = await startPool(cluster, { url: urlOf(cluster, rw, r, third) });
    await pool.query('INSERT INTO note VALUES (1)');
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([rw.name]);
    expect(nodeNames()).toEqual([rw.name]);
    expect(statusOf(pool, rw)?.aliases).toEqual([r.name, third.name]);
    expect(statusOf(pool, rw)?.reason).toContain(`${r.name} and ${third.name} lead to it as well`);
    expect(pool.stats.map(({ node }) => node)).toEqual([rw.name]);
  });

  it('are one node beside a real replica, which serves the reads', async () => {
    const [replica] = cluster.replicas;
    const [rw, r] = [await named(), await named()];
    pool = await startPool(cluster, { url: urlOf(cluster, r, replica!, rw) });
    await eventually('the replica is fit', () => pool.topology.fitReplicas.length === 1);
    await pool.query('INSERT INTO note VALUES (1)');
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([replica!.name]);
    expect(nodeNames()).toEqual([r.name, replica!.name].sort());
  });

  it('go on by the other name when one of them leads nowhere any more, and again by the first', async () => {
    const [rw, r] = [await named(), await named()];
    pool = await startPool(cluster, { url: urlOf(cluster, rw, r) });
    await pool.query('INSERT INTO note VALUES (1)');
    rw.move(undefined);
    await eventually('it is seen', () => pool.topology.primary?.address.name === r.name);
    expect(await servedBy(() => pool.query('INSERT INTO note VALUES (2)'))).toEqual([r.name]);
    await eventually('the first is down', () => statusOf(pool, rw)?.state === 'down');
    expect(await servedBy(() => pool.query('INSERT INTO note VALUES (3)'))).toEqual([r.name]);
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([r.name]);
    expect(pool.topology.expectsReplicas).toBe(false);
    rw.move(cluster.primary);
    await eventually('they are one again', () => statusOf(pool, rw)?.aliases?.[0] === r.name);
    await pool.query('INSERT INTO note VALUES (4)');
    expect((await pool.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 4 }]);
  });

  it('part when they lead to different servers after a failover, and meet again', async () => {
    const old = cluster.primary;
    const [next] = cluster.replicas;
    const [rw, r] = [await named(), await named()];
    pool = await startPool(cluster, { url: urlOf(cluster, rw, r), failoverWaitMs: 20_000 });
    await pool.query('INSERT INTO note VALUES (1)');
    await old.stop('fast');
    await next!.promote();
    rw.move(next);
    await pool.query('INSERT INTO note VALUES (2)');
    expect(pool.topology.primary?.address.name).toBe(rw.name);
    expect((await next!.query('SELECT id FROM note ORDER BY id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
    await old.follow(next!);
    await eventually(
      'the old one serves as a replica',
      () => pool.topology.fitReplicas[0]?.address.name === r.name,
    );
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([r.name]);
    r.move(next);
    await eventually('they are one again', () => statusOf(pool, rw)?.aliases?.[0] === r.name);
    await pool.query('INSERT INTO note VALUES (3)');
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([rw.name]);
  });

  it('leave no connection to the server that a name led to before', async () => {
    const [replica] = cluster.replicas;
    const moving = await named(replica);
    pool = await startPool(cluster, { url: urlOf(cluster, cluster.primary, moving) });
    await eventually('the replica is fit', () => pool.topology.fitReplicas.length === 1);
    await reads(pool, 'SELECT id FROM note')();
    const second = await cluster.addReplica();
    const connections = async () => {
      const { rows } = await replica!.query<{ n: number }>(
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'migrator'",
      );
      return rows[0]?.n;
    };
    expect(await connections()).toBeGreaterThan(0);
    // Cuts the probe's connection, as its server might; the others stay open.
    moving.move(second, 'stay');
    await replica!.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'monitor'");
    await eventually('the old ones are gone', async () => (await connections()) === 0);
    await reads(pool, 'SELECT id FROM note')();
    expect(await connections()).toBe(0);
  });

  it('are served by what is configured for either of them', async () => {
    const [replica] = cluster.replicas;
    const [first, second] = [await named(replica), await named(replica)];
    pool = await startPool(cluster, {
      url: urlOf(cluster, cluster.primary, first, second),
      zone: 'a',
      zones: { [second.name]: 'a' },
      groups: { reporting: { nodes: [second.name] } },
      rules: [{ match: { table: 'note' }, group: 'reporting' }],
    });
    await eventually('the replica is fit', () => pool.topology.fitReplicas.length === 1);
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([first.name]);
    // The node is kept for its group.
    expect(await servedBy(reads(pool, 'SELECT 1'))).toEqual([cluster.primary.name]);
  });

  it('are one node where discovery has found both', async () => {
    const [rw, r] = [await named(), await named()];
    const portOf = ({ name }: MovableName) => Number(name.split(':')[1]);
    pool = await startPool(cluster, {
      url: urlOf(cluster, { name: '_rw._tcp.shop' }, { name: '_r._tcp.shop' }),
      discovery: 'srv',
      discoveryIntervalMs: 100,
      lookup: {
        services: async (name) => [{ host: '127.0.0.1', port: portOf(name.startsWith('_rw') ? rw : r) }],
        addresses: async (host) => [host],
      },
    });
    await pool.query('INSERT INTO note VALUES (1)');
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toHaveLength(1);
    expect(pool.topology.nodes).toHaveLength(1);
  });

  it('serve no more when discovery has dropped them, although another name of their server stays', async () => {
    const [replica] = cluster.replicas;
    // Of names that discovery has found, the first by name is used.
    const both = [await named(replica), await named(replica)];
    const [first, second] = both.sort((one, other) => one.name.localeCompare(other.name)) as [
      MovableName,
      MovableName,
    ];
    const portOf = ({ name }: { readonly name: string }) => Number(name.split(':')[1]);
    let found = [cluster.primary, first, second];
    pool = await startPool(cluster, {
      url: urlOf(cluster, { name: '_shop._tcp' }),
      discovery: 'srv',
      discoveryIntervalMs: 100,
      lookup: {
        services: async () => found.map((each) => ({ host: '127.0.0.1', port: portOf(each) })),
        addresses: async (host) => [host],
      },
    });
    await eventually('they are one node', () => statusOf(pool, first)?.aliases?.[0] === second.name);
    found = [cluster.primary, first];
    await eventually(
      'the second has left',
      () => nodeNames().length === 2 && !statusOf(pool, first)?.aliases,
    );
    first.move(undefined);
    await eventually('the first is down', () => statusOf(pool, first)?.state === 'down');
    expect(await servedBy(reads(pool, 'SELECT id FROM note'))).toEqual([cluster.primary.name]);
  });

  it('write by the name that leads to the primary only, whichever is listed first', async () => {
    const [replica] = cluster.replicas;
    // Leads to the primary for the probe and to a replica from then on, as a name of all servers does.
    const any = await named();
    const rw = await named();
    pool = await startPool(cluster, { url: urlOf(cluster, any, rw) });
    any.move(replica, 'stay');
    for (let id = 1; id <= 5; id++) await pool.query('INSERT INTO note VALUES ($1)', [id]);
    expect((await cluster.primary.query('SELECT count(*)::int AS n FROM note')).rows).toEqual([{ n: 5 }]);
    expect(pool.topology.primary?.address.name).toBe(rw.name);
  });
});
