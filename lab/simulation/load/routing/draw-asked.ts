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
    subject: prng.chance(0.2) ? prng.pick(['vip-1', 'boss', 'alice']) : undefined,
    roles: prng.chance(0.2) ? prng.pick([['auditor'], ['clerk', 'admin'], ['clerk']]) : undefined,
    tenant: prng.chance(0.2) ? prng.pick(['acme', 'umbrella', 'initech']) : undefined,
    handler: prng.chance(0.3)
      ? prng.pick(['Shares.list', 'Slow.read', 'Nameless', 'Orders.list'])
      : undefined,
    hint: hint?.to === 'primary' ? { to: 'primary' } : hint,
    level,
    maxStalenessMs: level === 'bounded' ? prng.pick(boundsMs) : undefined,
  };
}
