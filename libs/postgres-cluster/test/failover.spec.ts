import { statSync } from 'node:fs';
import { type ClusterNode, PostgresCluster } from '../src';

describe('promotion and following', () => {
  let cluster: PostgresCluster;
  let a: ClusterNode;
  let b: ClusterNode;
  let c: ClusterNode;
  let written = 0;

  beforeAll(async () => {
    cluster = await PostgresCluster.start();
    [a, b, c] = cluster.nodes as [ClusterNode, ClusterNode, ClusterNode];
    await a.query('CREATE TABLE marks (id int PRIMARY KEY, node text)');
    await cluster.waitForReplication();
  });
  afterAll(() => cluster.stop());

  const write = async (node: ClusterNode) => {
    written += 1;
    await node.query('INSERT INTO marks VALUES ($1, $2)', [written, node.name]);
    return written;
  };
  const has = async (node: ClusterNode, id: number) =>
    (await node.query('SELECT FROM marks WHERE id = $1', [id])).rowCount === 1;
  const timelineOf = async (node: ClusterNode) => {
    const { rows } = await node.query<{ timeline: number }>(
      `SELECT coalesce((SELECT received_tli FROM pg_stat_wal_receiver),
                       (SELECT timeline_id FROM pg_control_checkpoint())) AS timeline`,
    );
    return rows[0]!.timeline;
  };
  const cloned = async (node: ClusterNode, change: () => Promise<void>) => {
    const before = statSync(node.dataDirectory).birthtimeMs;
    await change();
    return statSync(node.dataDirectory).birthtimeMs !== before;
  };

  it('promotes a replica of a killed primary, and another replica follows on the new timeline', async () => {
    await a.kill();
    await b.promote();
    expect(cluster.primary).toBe(b);
    expect(b.role).toBe('primary');
    await write(b);
    expect(await cloned(c, () => c.follow(b))).toBe(false);
    await cluster.waitForReplication();
    expect(await has(c, written)).toBe(true);
    expect(await timelineOf(c)).toBe(2);
  });

  it('clones a crashed primary again when it has writes that the new primary never received', async () => {
    await a.start();
    expect(cluster.primary).toBe(b);
    expect(cluster.nodes.filter(({ role }) => role === 'primary')).toEqual([a, b]);
    const lost = await write(a);
    expect(await cloned(a, () => a.follow(b))).toBe(true);
    await cluster.waitForReplication();
    expect(cluster.replicas).toEqual([a, c]);
    expect(await has(a, lost)).toBe(false);
    expect((await a.query('SELECT pg_is_in_recovery() AS r')).rows).toEqual([{ r: true }]);
  });

  it('lets a cleanly stopped primary follow without a clone', async () => {
    await cluster.waitForReplication();
    await b.stop('fast');
    await c.promote();
    await write(c);
    await a.follow(c);
    expect(await cloned(b, () => b.follow(c))).toBe(false);
    await cluster.waitForReplication();
    expect([await has(a, written), await has(b, written)]).toEqual([true, true]);
    expect(await timelineOf(b)).toBe(3);
  });

  it('leaves no unused slot behind that would keep WAL', async () => {
    for (const node of cluster.nodes) {
      const { rows } = await node.query<{ slot_name: string }>(
        'SELECT slot_name FROM pg_replication_slots ORDER BY 1',
      );
      expect([node.name, rows.map(({ slot_name }) => slot_name)]).toEqual([
        node.name,
        node === c ? ['node_0', 'node_1'] : [],
      ]);
    }
  });

  it('cascades: a replica follows a replica', async () => {
    await a.follow(b);
    await write(c);
    await cluster.waitForReplication();
    expect(await has(a, written)).toBe(true);
    expect(await b.walSenders(a)).toHaveLength(1);
    expect(cluster.primary).toBe(c);
  });

  it('clones a replica again when it is ahead of the point where the new primary branched off', async () => {
    await a.follow(c);
    await b.pauseReplay();
    // The WAL of this write must not reach b at all: a replica with paused replay still receives WAL.
    await b.kill();
    const unseen = await write(c);
    await cluster.waitForReplication({ replicas: [a] });
    await c.kill();
    await b.start();
    await b.promote();
    expect(await has(a, unseen)).toBe(true);
    expect(await cloned(a, () => a.follow(b))).toBe(true);
    expect(await has(a, unseen)).toBe(false);
    expect(cluster.primary).toBe(b);
    await c.follow(b);
    await cluster.waitForReplication();
    expect(await timelineOf(c)).toBe(4);
  });

  it('refuses to follow itself or a node of another cluster', async () => {
    await expect(a.follow(a)).rejects.toThrow('cannot follow');
    expect(a.role).toBe('replica');
  });
});
