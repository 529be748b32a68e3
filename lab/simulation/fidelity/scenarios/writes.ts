import { Session } from 'db-routing';
import type { ServiceUnderTest } from '../cluster-under-test';
import type { Scene } from '../scene';
import type { Scenario } from './scenario';

class Undone extends Error {
  override readonly name = 'Undone';
}

/** Two transactions that have each written one key, and then want the other's. */
async function crossed(scene: Scene, service: ServiceUnderTest, retry?: { readonly attempts: number }) {
  const [left, right] = scene.keys;
  let arrived = 0;
  let meet: () => void = () => undefined;
  const both = new Promise<void>((resolve) => (meet = resolve));
  const run = (own: string, others: string) =>
    service.transaction({ ...(retry && { retry }) }, async () => {
      await service.query('write', [own], true);
      arrived += 1;
      if (arrived === 2) meet();
      await both;
      await service.query('write', [others], true);
    });
  return Promise.allSettled([run(left, right), run(right, left)]);
}

/** Transactions, refusals and conflicts. */
export const WRITES: readonly Scenario[] = [
  {
    name: 'a write that looks like a read',
    async play(scene) {
      const service = await scene.service();
      const session = new Session();
      await scene.cluster.makeReadWrite();
      await scene.step('the first time', session, () => service.query('write-in-read', scene.key));
      await scene.step('the second time', session, () => service.query('write-in-read', scene.key));
    },
  },
  {
    name: 'a read-only transaction',
    async play(scene) {
      const { key } = scene;
      const service = await scene.service();
      const inReadOnly = (work: 'read' | 'write') => () =>
        service.transaction({ readOnly: true }, () => service.query(work, key, true));
      await scene.step('reads', new Session(), inReadOnly('read'));
      await scene.step('writes', new Session(), inReadOnly('write'));
    },
  },
  {
    name: 'a savepoint that is rolled back',
    async play(scene) {
      const [kept, undone] = scene.keys;
      const service = await scene.service();
      const session = new Session();
      await scene.step('transaction', session, () =>
        service.transaction({}, async () => {
          await service.query('write', [kept], true);
          await service
            .transaction({ propagation: 'NESTED' }, async () => {
              await service.query('write', [undone], true);
              throw new Undone('the nested scope gives up');
            })
            .catch(() => undefined);
          return service.query('read', scene.keys, true);
        }),
      );
      await scene.step('read', session, () => service.query('read', scene.keys));
    },
  },
  {
    name: 'a transaction that is rolled back',
    async play(scene) {
      const { key } = scene;
      const service = await scene.service();
      const session = new Session();
      await scene.step('transaction', session, () =>
        service.transaction({}, async () => {
          await service.query('write', key, true);
          throw new Undone('rolled back on purpose');
        }),
      );
      await scene.step('read', session, () => service.query('read', key));
    },
  },
  {
    name: 'a deadlock',
    async play(scene) {
      const service = await scene.service();
      const ends = await crossed(scene, service);
      const codes = ends.map((end) =>
        end.status === 'fulfilled' ? 'ok' : (end.reason as { code?: string }).code,
      );
      scene.note('one of two', codes.sort().join());
      await scene.cluster.replicated(['first', 'second']);
      await scene.step('read', new Session(), () => service.query('read', scene.keys));
    },
  },
  {
    name: 'a deadlock with retry',
    async play(scene) {
      const service = await scene.service();
      const ends = await crossed(scene, service, { attempts: 4 });
      scene.note('both', ends.map(({ status }) => status).join());
      const session = new Session();
      await scene.step('write', session, () => service.query('write', scene.keys));
      await scene.step('read', session, () => service.query('read', scene.keys));
    },
  },
  {
    name: 'a serialization failure',
    async play(scene) {
      const { key } = scene;
      const service = await scene.service();
      const conflicting = (attempts: number) => () => {
        let runs = 0;
        return service.transaction({ isolation: 'REPEATABLE READ', retry: { attempts } }, async () => {
          runs += 1;
          await service.query('read', key, true);
          if (runs === 1) {
            await service.transaction({ propagation: 'REQUIRES_NEW' }, () =>
              service.query('write', key, true),
            );
          }
          return service.query('write', key, true);
        });
      };
      await scene.step('one attempt', new Session(), conflicting(1));
      await scene.step('two attempts', new Session(), conflicting(2));
    },
  },
  {
    name: 'a pool that is exhausted',
    async play(scene) {
      const { key } = scene;
      const service = await scene.service({ maxConnectionsPerNode: 1, acquireTimeoutMs: 300 });
      await scene.step('a transaction in a transaction', new Session(), () =>
        service.transaction({}, async () => {
          await service.query('write', key, true);
          return service.transaction({ propagation: 'REQUIRES_NEW' }, () => service.query('read', key, true));
        }),
      );
      await scene.step('read', new Session(), () => service.query('read', key));
    },
  },
  {
    name: 'a COMMIT whose answer is lost',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await scene.step('transaction', new Session(), () =>
        service.transaction({}, async () => {
          await service.query('write', key, true);
          cluster.cut('primary');
        }),
      );
      await cluster.heal('primary');
    },
  },
  {
    name: 'a write whose answer is lost',
    async play(scene) {
      const { cluster, key } = scene;
      const service = await scene.service();
      await scene.step('write', new Session(), () => service.query('write', key));
      cluster.cut('primary');
      await scene.step('write into the cut', new Session(), () => service.query('write', key));
      await cluster.heal('primary');
    },
  },
];
