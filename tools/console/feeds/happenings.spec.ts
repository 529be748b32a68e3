import type { NodePicture, ServicePicture } from '../contract';
import { Happenings } from './happenings';

const up: ServicePicture = { name: 'order-service', url: '', isUp: true, problem: '' };
const replica = {
  node: 'db1:5432',
  role: 'replica',
  state: 'up',
  reason: 'at most 5 ms stale',
} as NodePicture;

it('tells what has changed: services that stop, nodes that leave, return and change their role', () => {
  const happenings = new Happenings();
  happenings.compare([up], [replica]);
  happenings.compare([{ ...up, isUp: false, problem: 'ECONNREFUSED' }], []);
  happenings.compare([up], [{ ...replica, state: 'lagging', reason: 'up to 4 s stale' }]);
  happenings.compare([up], [replica]);
  happenings.compare([up], [{ ...replica, role: 'primary' }]);
  happenings.compare([up], [{ ...replica, role: 'primary' }]);
  expect(happenings.all.map(({ text }) => text)).toEqual([
    'order-service does not answer: ECONNREFUSED',
    'order-service answers',
    'db1:5432 has left, lagging: up to 4 s stale',
    'db1:5432 is back: at most 5 ms stale',
    'db1:5432 is the primary now',
  ]);
});
