import { Session, withReadConsistency } from 'db-routing';
import type { Scenario } from './scenario';

/** Primaries that are lost, and replicas that take their place. */
export const FAILOVERS: readonly Scenario[] = [
  {
    name: 'no primary',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await cluster.crash('primary');
      await scene.untilPrimaryIs(service, undefined);
      await scene.step('write', new Session(), () => service.query('write', key));
      await scene.step('transaction', new Session(), () =>
        service.transaction({}, () => service.query('write', key, true)),
      );
      await scene.step('read', new Session(), () => service.query('read', key));
      await scene.step('strong read', new Session(), () =>
        withReadConsistency('strong', () => service.query('read', key)),
      );
      await cluster.start('primary');
      await scene.untilPrimaryIs(service, 'primary');
      await scene.step('write when it is back', new Session(), () => service.query('write', key));
    },
  },
  {
    name: 'a promotion with all that was written',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      const session = new Session();
      await scene.step('write', session, () => service.query('write', key));
      await cluster.replicated(['first', 'second']);
      await cluster.crash('primary');
      await cluster.promote('first');
      await scene.untilPrimaryIs(service, 'first');
      await scene.step('read with the old position', session, () => service.query('read', key));
      await scene.step('write', session, () => service.query('write', key));
      await scene.step('read', session, () => service.query('read', key));
    },
  },
  {
    name: 'a promotion without what was not received',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      const session = new Session();
      await cluster.stop('first');
      await cluster.stop('second');
      await scene.step('write', session, () => service.query('write', key));
      await cluster.crash('primary');
      await cluster.start('first');
      await cluster.promote('first');
      await scene.untilPrimaryIs(service, 'first');
      await scene.step('read with the old position', session, () => service.query('read', key));
      await scene.step('read without a position', new Session(), () => service.query('read', key));
      await scene.step('write', session, () => service.query('write', key));
    },
  },
  {
    name: 'the position of an old timeline in another service',
    async play(scene) {
      const { cluster, key } = scene;
      const before = await scene.service();
      const session = new Session();
      await scene.step('write', session, () => before.query('write', key));
      await cluster.replicated(['first', 'second']);
      await cluster.stop('primary');
      await cluster.promote('first');
      const after = await cluster.service();
      await scene.untilPrimaryIs(after, 'first');
      await scene.step('read', new Session(session.position), () => after.query('read', key));
    },
  },
  {
    name: 'an old primary comes back',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await cluster.crash('primary');
      await cluster.promote('first');
      await scene.untilPrimaryIs(service, 'first');
      await cluster.start('primary');
      await cluster.pause(1_000);
      await scene.step('write', new Session(), () => service.query('write', key), { isNamed: true });
    },
  },
];
