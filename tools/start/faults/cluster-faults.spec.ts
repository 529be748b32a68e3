import { type ClusterNode, PostgresCluster } from '@app/postgres-cluster';
import type { FaultRequest } from '../../console/cluster-controls';
import { ClusterFaults } from './cluster-faults';
import { type CutPortsMessage, ServiceLinks } from './service-links';

describe('the faults of the console', () => {
  let cluster: PostgresCluster;
  let faults: ClusterFaults;
  const told: CutPortsMessage[] = [];

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 2 });
    faults = new ClusterFaults(cluster, new ServiceLinks((message) => told.push(message)));
    await cluster.primary.query('CREATE TABLE marks (id serial)');
  });
  afterEach(() => faults.apply({ fault: 'undo-all' }));
  afterAll(() => cluster.stop());

  const apply = (fault: FaultRequest['fault'], node: ClusterNode) =>
    faults.apply({ fault, node: node.name } as FaultRequest);
  const statusOf = ({ name }: ClusterNode) => faults.nodes.find(({ node }) => node === name)!;
  const write = () => cluster.primary.query('INSERT INTO marks DEFAULT VALUES');
  const arrivesAt = (node: ClusterNode, timeoutMs = 10_000) =>
    cluster.waitForReplication({ replicas: [node], timeoutMs });
  const [first, second] = [() => cluster.replicas[0]!, () => cluster.replicas[1]!];

  it('pauses and resumes replay, and shows it', async () => {
    await apply('pause', first());
    expect(statusOf(first())).toMatchObject({ isPaused: true, isRunning: true, role: 'replica' });
    await write();
    await expect(arrivesAt(first(), 300)).rejects.toThrow(first().name);
    await apply('resume', first());
    await arrivesAt(first());
    expect(statusOf(first()).isPaused).toBe(false);
  });

  it('delays what a replica shows, and refuses to delay the primary', async () => {
    const delayMs = 60_000;
    await faults.apply({ fault: 'delay', node: first().name, delayMs });
    expect(statusOf(first()).delayMs).toBe(delayMs);
    await write();
    await expect(arrivesAt(first(), 300)).rejects.toThrow(first().name);
    await expect(faults.apply({ fault: 'delay', node: cluster.primary.name, delayMs })).rejects.toThrow(
      `${cluster.primary.name} cannot be delayed: it is the primary, and not a replica.`,
    );
    await faults.apply({ fault: 'undo-all' });
    await arrivesAt(first());
    expect(statusOf(first()).delayMs).toBe(0);
  });

  it('cuts a replica from the primary, so that it receives nothing until it is joined again', async () => {
    await apply('cut-primary', first());
    expect(statusOf(first()).isCutFromPrimary).toBe(true);
    await write();
    await arrivesAt(second());
    await expect(arrivesAt(first(), 300)).rejects.toThrow(first().name);
    await apply('join-primary', first());
    await arrivesAt(first());
  });

  it('tells the services which ports they must not reach', async () => {
    told.length = 0;
    await apply('cut-services', first());
    await apply('cut-services', cluster.primary);
    await faults.apply({ fault: 'undo-all' });
    const ports = [first().port, cluster.primary.port];
    expect(told.slice(0, 2)).toEqual([{ cutPorts: ports.slice(0, 1) }, { cutPorts: ports }]);
    expect(told.at(-1)).toEqual({ cutPorts: [] });
  });

  it('freezes a node, which then refuses what it could not answer, and thaws it', async () => {
    await apply('freeze', first());
    expect(statusOf(first()).isFrozen).toBe(true);
    await expect(apply('pause', first())).rejects.toThrow(`${first().name} cannot be paused: it is frozen.`);
    await apply('thaw', first());
    await write();
    await arrivesAt(first());
  });

  it('kills the primary, promotes a replica, and brings the old primary back as a replica', async () => {
    const old = cluster.primary;
    const [next, other] = [first(), second()];
    await apply('kill', old);
    expect(statusOf(old).isRunning).toBe(false);
    await apply('promote', next);
    expect(cluster.primary.name).toBe(next.name);
    await write();
    await arrivesAt(other);
    await apply('bring-back', old);
    expect(statusOf(old)).toMatchObject({ role: 'replica', isRunning: true });
    await arrivesAt(old);
  });

  it('stops a primary that runs before it promotes a replica, even a replica that was cut off', async () => {
    const old = cluster.primary;
    const next = first();
    await apply('cut-primary', second());
    await write();
    await apply('promote', next);
    expect(statusOf(old).isRunning).toBe(false);
    const { rows } = await next.query<{ count: number }>('SELECT count(*)::int AS count FROM marks');
    await faults.apply({ fault: 'undo-all' });
    expect(faults.nodes.map(({ isRunning }) => isRunning)).toEqual([true, true, true]);
    await cluster.waitForReplication();
    const onOld = await old.query<{ count: number }>('SELECT count(*)::int AS count FROM marks');
    expect(onOld.rows).toEqual(rows);
  });

  it('names the nodes when there is none of that name', async () => {
    await expect(faults.apply({ fault: 'kill', node: 'nowhere:1' })).rejects.toThrow(
      `There is no node nowhere:1; the nodes are ${cluster.nodes.map(({ name }) => name).join(', ')}.`,
    );
  });
});
