import { PostgresCluster, until } from '@app/postgres-cluster';
import { RoutedPool } from 'db-routing';
import { ClusterFaults } from '../../start/faults/cluster-faults';
import { ServiceLinks } from '../../start/faults/service-links';
import type { NodePicture } from '../contract';
import type { Load } from '../load/load';
import { StaleScores } from '../shop/stale-scores';
import { primaryDies } from './primary-dies';
import { replicaLags } from './replica-lags';
import type { Stage } from './story';
import { Storyteller } from './storyteller';

const MAX_STALENESS_MS = 1_000;

describe('the stories', () => {
  let cluster: PostgresCluster;
  let pool: RoutedPool;
  let controls: ClusterFaults;
  const said: string[] = [];
  const scores = new StaleScores();
  const load = {
    size: { readers: 0, orderers: 0 },
    resize: (size: object) => Object.assign(load.size, size),
  };

  beforeAll(async () => {
    cluster = await PostgresCluster.start({ replicas: 2 });
    await cluster.primary.query('CREATE TABLE marks (id serial)');
    await cluster.waitForReplication();
    pool = await RoutedPool.start({ url: cluster.url('postgres'), maxStalenessMs: MAX_STALENESS_MS });
    controls = new ClusterFaults(cluster, new ServiceLinks(() => undefined));
    await until('both replicas to be fit', () => pool.topology.fitReplicas.length === 2);
  });
  beforeEach(() => said.splice(0));
  afterAll(async () => {
    await pool.end();
    await cluster.stop();
  });

  /** As the pool sees them. */
  const nodes = () =>
    pool.topology.nodes.map(
      ({ address, role, state }) => ({ node: address.name, role, state }) as NodePicture,
    );
  const write = () => cluster.primary.query('INSERT INTO marks DEFAULT VALUES');
  /** A stage on which no time passes, but what the stories wait for still happens. */
  const stage = (): Stage => ({
    controls,
    load: load as unknown as Load,
    scores,
    nodes,
    say: (caption) => void said.push(caption),
    pause: () => Promise.resolve(),
    until: async (condition) => {
      // There is no customer, so no read is counted as stale.
      scores.count({ hasToken: false, isStale: true });
      await until('what the story waits for', async () => {
        if (cluster.primary.isRunning) await write();
        scores.count({ hasToken: false, isStale: true });
        return condition();
      });
    },
  });

  it('a replica lags: it leaves with a reason, and returns; customers read and order meanwhile', async () => {
    await replicaLags(stage());
    expect(load.size.readers * load.size.orderers).toBeGreaterThan(0);
    const [lagging] = cluster.replicas;
    expect(said.some((caption) => caption.startsWith(`${lagging!.name} has left`))).toBe(true);
    expect(said.at(-1)).toContain(`${lagging!.name} has caught up`);
    expect(controls.nodes.every(({ isPaused, delayMs }) => !isPaused && delayMs === 0)).toBe(true);
  });

  it('the primary dies: a replica takes over, and the old primary returns as its replica', async () => {
    const old = cluster.primary;
    await primaryDies(stage());
    expect(cluster.primary.name).not.toBe(old.name);
    expect(controls.nodes.find(({ node }) => node === old.name)).toMatchObject({
      role: 'replica',
      isRunning: true,
    });
    expect(said.at(-1)).toContain('Three nodes again');
  });

  it('can be stopped, which undoes their faults', async () => {
    const { load: loaded } = stage();
    const storyteller = new Storyteller({ controls, load: loaded, scores, nodes });
    await storyteller.tell('replica-lags');
    await until('the delay', () => controls.nodes.filter(({ delayMs }) => delayMs > 0).length === 2);
    await storyteller.stop();
    expect(storyteller.picture).toEqual({ name: 'replica-lags', caption: 'Stopped.', isRunning: false });
    expect(controls.nodes.every(({ delayMs }) => delayMs === 0)).toBe(true);
  });
});
