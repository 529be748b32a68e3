import { Client } from 'pg';
import { type ClusterNode, PostgresCluster, UsageMeter } from '../src';
import './support/embedded-only';

const BUSY_SECONDS = 0.3;
const MEBIBYTE = 1_024 ** 2;

describe('the usage of a node', () => {
  let cluster: PostgresCluster;
  const meter = new UsageMeter();
  const usageOf = ({ pid }: ClusterNode) => meter.read(pid)!;

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 1, settings: { shared_buffers: '128MB' } });
  });
  afterAll(() => cluster.stop());

  /** Keeps one backend of the node busy for that long, and closes its connection. */
  const work = (node: ClusterNode) =>
    node.query(
      `DO $$ BEGIN WHILE clock_timestamp() < now() + interval '${BUSY_SECONDS} s' LOOP END LOOP; END $$`,
    );

  it('counts the processor time of the node that works, also when its backend has ended', async () => {
    const [replica] = cluster.replicas as [ClusterNode];
    const before = [usageOf(cluster.primary), usageOf(replica)] as const;
    await work(replica);
    const after = [usageOf(cluster.primary), usageOf(replica)] as const;
    const [primarySeconds, replicaSeconds] = after.map(
      (now, index) => now.cpuSeconds - before[index]!.cpuSeconds,
    );
    expect(replicaSeconds).toBeGreaterThan(BUSY_SECONDS / 3);
    expect(replicaSeconds).toBeGreaterThan(primarySeconds!);
    for (let reading = 0; reading < 20; reading++) {
      expect(usageOf(replica).cpuSeconds).toBeGreaterThanOrEqual(after[1].cpuSeconds);
    }
  });

  it('misses no backend that ends while it reads', async () => {
    const [replica] = cluster.replicas as [ClusterNode];
    for (let reading = 0; reading < 100; reading++) {
      const { cpuSeconds } = usageOf(replica);
      // Takes several of the hundredths of a second in which Linux counts, however busy the machine is.
      await replica.query('SELECT count(*) FROM generate_series(1, 500000)');
      expect(usageOf(replica).cpuSeconds).toBeGreaterThan(cpuSeconds);
    }
  }, 60_000);

  it('counts shared memory once, however many processes use it', async () => {
    const { primary } = cluster;
    await primary.query(
      'CREATE TABLE wide AS SELECT repeat(md5(n::text), 32) AS text FROM generate_series(1, 20000) n',
    );
    const { rows } = await primary.query<{ bytes: string }>("SELECT pg_table_size('wide') AS bytes");
    const tableBytes = Number(rows[0]?.bytes);
    const clients = Array.from(
      { length: 6 },
      () => new Client({ connectionString: primary.url('postgres') }),
    );
    try {
      const memory: number[] = [];
      for (const client of clients) {
        await client.connect();
        await client.query('SELECT sum(length(text)) FROM wide');
        memory.push(usageOf(primary).memoryBytes!);
      }
      expect(tableBytes).toBeGreaterThan(16 * MEBIBYTE);
      expect(memory[0]).toBeGreaterThan(tableBytes);
      // Each backend has touched the whole table in shared buffers.
      expect(memory.at(-1)! - memory[0]!).toBeLessThan(2 * tableBytes);
    } finally {
      await Promise.all(clients.map((client) => client.end()));
    }
  });

  it('is undefined while the node does not run, and starts from zero with the next start', async () => {
    const [replica] = cluster.replicas as [ClusterNode];
    await work(replica);
    const { cpuSeconds } = usageOf(replica);
    const { pid } = replica;
    await replica.stop();
    expect([meter.read(replica.pid), meter.read(pid)]).toEqual([undefined, undefined]);
    await replica.start();
    expect(usageOf(replica).cpuSeconds).toBeLessThan(cpuSeconds);
  });
});
