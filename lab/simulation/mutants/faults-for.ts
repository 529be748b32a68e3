import type { Fault } from '../faults/fault';
import { drawFaults } from '../faults/schedule';
import { drawSettings } from '../runner/settings';
import { Prng } from '../time/prng';
import type { FaultWeights } from './mutant';

const FAULTS = 16;
const FIRST_MS = 500;

/** A schedule with these kinds of faults only; undefined where the seed draws its own. */
export function faultsFor(seed: number, weights: FaultWeights | undefined): readonly Fault[] | undefined {
  if (!weights) return undefined;
  const { world, services, loadMs } = drawSettings(new Prng(seed, 'run'));
  const cast = {
    servers: world.servers,
    services: services.map(({ name }) => name),
    hosts: [...world.servers, ...Object.keys(world.aliases)],
  };
  const options = { fromMs: FIRST_MS, untilMs: loadMs, count: FAULTS, weights };
  return drawFaults(new Prng(seed, 'mutant'), cast, options);
}
