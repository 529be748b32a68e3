import { bounded, Session, withReadConsistency } from 'db-routing';
import { RequestLimits } from '../../library';
import { until } from '../cluster-under-test';
import type { Scenario } from './scenario';

/** What each level of consistency returns while replicas are behind, paused or gone. */
export const READS: readonly Scenario[] = [
  {
    name: 'read your own write while replay is paused',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      const session = new Session();
      await cluster.pauseReplay('first');
      await cluster.pauseReplay('second');
      await scene.step('write', session, () => service.query('write', key));
      await scene.step('read', session, () => service.query('read', key));
      await cluster.resumeReplay('first');
      await cluster.resumeReplay('second');
      await cluster.replicated(['first', 'second']);
      await cluster.pause(600);
      await scene.step('read after replay', session, () => service.query('read', key));
    },
  },
  {
    name: 'one replica is paused and the other has the write',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      const session = new Session();
      await cluster.pauseReplay('first');
      await scene.step('write', session, () => service.query('write', key));
      await cluster.replicated(['second']);
      for (let n = 0; n < 5; n++) {
        const read = () => service.query('read', key);
        await scene.step(`read ${n}`, session, read, { isNamed: n > 2 });
      }
    },
  },
  {
    name: 'a lagging replica leaves and returns',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service({ maxStalenessMs: 1_000 });
      await cluster.pauseReplay('first');
      await scene.step('write', new Session(), () => service.query('write', key));
      await scene.untilFit(service, 1);
      const read = () => withReadConsistency('eventual', () => service.query('read', key));
      await scene.step('read while it is away', new Session(), read, { isNamed: true });
      await cluster.resumeReplay('first');
      await scene.untilFit(service, 2);
      await scene.step('read when it is back', new Session(), read);
    },
  },
  {
    name: 'an eventual read of paused replicas',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      const session = new Session();
      await cluster.pauseReplay('first');
      await cluster.pauseReplay('second');
      await scene.step('write', session, () => service.query('write', key));
      await scene.step('read', session, () =>
        withReadConsistency('eventual', () => service.query('read', key)),
      );
    },
  },
  {
    name: 'a strong read of what another session wrote',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await cluster.pauseReplay('first');
      await cluster.pauseReplay('second');
      await scene.step('write', new Session(), () => service.query('write', key));
      const read = () => withReadConsistency('strong', () => service.query('read', key));
      await scene.step('read', new Session(), read);
    },
  },
  {
    name: 'a bounded read when the replicas are too old',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      const read = (maxStalenessMs: number) => () =>
        withReadConsistency(bounded({ maxStalenessMs }), () => service.query('read', key));
      await cluster.pauseReplay('first');
      await cluster.pauseReplay('second');
      await scene.step('write', new Session(), () => service.query('write', key));
      await until(cluster, 'the replicas are 1500 ms stale', () =>
        service.topology.fitReplicas.every(({ stalenessMs = 0 }) => stalenessMs > 1_500),
      );
      await scene.step('within 1 s', new Session(), read(1_000));
      await scene.step('within 50 s', new Session(), read(50_000));
    },
  },
  {
    name: 'the position of another service',
    async play(scene) {
      const { cluster, key } = scene;
      const one = await scene.service();
      const other = await scene.service();
      const session = new Session();
      await cluster.pauseReplay('first');
      await cluster.pauseReplay('second');
      await scene.step('write by one', session, () => one.query('write', key));
      const received = new Session(session.position);
      await scene.step('read by the other', received, () => other.query('read', key));
    },
  },
  {
    name: 'reads on the primary when the replicas are gone',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await cluster.stop('first');
      await cluster.stop('second');
      await scene.untilFit(service, 0);
      await scene.step('read', new Session(), () => service.query('read', key));
      await cluster.start('first');
      await scene.untilFit(service, 1);
      const read = () => service.query('read', key);
      await scene.step('read when one is back', new Session(), read, { isNamed: true });
    },
  },
  {
    name: 'a frozen replica',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      cluster.freeze('first');
      // Those that meet the frozen one wait until the monitor gives it up, and go to the other.
      for (let n = 0; n < 6; n++) {
        await scene.step(`read ${n}`, new Session(), () => service.query('read', key));
      }
      await scene.untilFit(service, 1);
      const read = () => service.query('read', key);
      await scene.step('read when it is given up', new Session(), read, { isNamed: true });
      cluster.thaw('first');
      await scene.untilFit(service, 2);
      await scene.step('read when it is back', new Session(), read);
    },
  },
  {
    name: 'a request whose time is up',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await scene.step('read', new Session(), () => service.query('read', key));
      cluster.cut('first');
      cluster.cut('second');
      const limits = new RequestLimits(service.clock, 150);
      await scene.step('read within 150 ms', new Session(), () =>
        limits.apply(() => service.query('read', key)),
      );
    },
  },
  {
    name: 'a request that its client abandons',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      cluster.cut('first');
      cluster.cut('second');
      const limits = new RequestLimits(service.clock, 10_000);
      service.clock.after(100, () => limits.abort());
      await scene.step('read', new Session(), () => limits.apply(() => service.query('read', key)));
    },
  },
  {
    name: 'a read that replay cancels',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await cluster.stop('second');
      await scene.untilFit(service, 1);
      await scene.step('slow read', new Session(), async () => {
        const [versions] = await Promise.all([service.query('slow', key), cluster.conflict('first')]);
        return versions;
      });
    },
  },
  {
    name: 'two names of one server',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service({}, ['first']);
      const { nodes, fitReplicas } = service.topology;
      const aliased = nodes.filter(({ aliases = [] }) => aliases.length > 0);
      const named = aliased.map(({ address }) => cluster.partOf(address.name)).join();
      scene.note(
        'the pool counts',
        `${nodes.length} nodes, ${fitReplicas.length} fit replicas, two names of: ${named}`,
      );
      await scene.step('read', new Session(), () => service.query('read', key));
    },
  },
];
