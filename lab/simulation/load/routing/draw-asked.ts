import type { Level } from '../../../consistency/history/lines';
import type { Prng } from '../../time/prng';
import type { Asked } from './asked';
import { READ_TEXTS } from '../../world/read-texts';

const LEVELS: readonly (Level | undefined)[] = [
  undefined,
  undefined,
  'session',
  'eventual',
  'bounded',
  'strong',
];
const GROUPS = ['reporting', 'capped', 'not-configured', 'primary', 'replica'];

/** A read as a request of some user might ask for it. */
export function drawAsked(prng: Prng, boundsMs: readonly number[]): Asked {
  const level = prng.pick(LEVELS);
  const hint = prng.chance(0.25)
    ? { to: prng.pick(GROUPS), ...(prng.chance(0.4) && { maxStalenessMs: prng.pick(boundsMs) }) }
    : undefined;
  return {
    read: prng.pick(READ_TEXTS),
    ...(prng.chance(0.2) && { subject: prng.pick(['vip-1', 'boss', 'alice']) }),
    ...(prng.chance(0.2) && { roles: prng.pick([['auditor'], ['clerk', 'admin'], ['clerk']]) }),
    ...(prng.chance(0.2) && { tenant: prng.pick(['acme', 'umbrella', 'initech']) }),
    ...(prng.chance(0.3) && { handler: prng.pick(['Shares.list', 'Slow.read', 'Nameless', 'Orders.list']) }),
    ...(hint && { hint: hint.to === 'primary' ? { to: 'primary' } : hint }),
    ...(level !== undefined && { level }),
    ...(level === 'bounded' && { maxStalenessMs: prng.pick(boundsMs) }),
  };
}
