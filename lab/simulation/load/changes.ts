import type { Prng } from '../time/prng';
import { drawRules } from './routing/draw-routing';
import { pauseOf } from './reads';
import type { Service } from './service';

/** The pause between two changes, on average. */
const PAUSE_MS = 1_500;

/** Changes the configuration of services while they work: their rules, and the names of their nodes. */
export class Changes {
  #isOver = false;

  constructor(
    private readonly services: readonly Service[],
    private readonly prng: Prng,
    /** All names of each server. */
    private readonly names: readonly (readonly string[])[],
  ) {}

  start(): void {
    for (const service of this.services) void this.#loop(service, this.prng.stream(service.name));
  }

  stop(): void {
    this.#isOver = true;
    for (const { directory } of this.services) directory?.restore();
  }

  async #loop(service: Service, prng: Prng): Promise<void> {
    for (;;) {
      await pauseOf(service, prng.exponential(PAUSE_MS));
      if (this.#isOver) return;
      if (service.directory) this.#move(service.directory, prng);
      else if (service.routing.rules.length > 0) service.useRules(drawRules(prng, this.names));
      service.world.oracle.count('configuration changed');
    }
  }

  #move(directory: NonNullable<Service['directory']>, prng: Prng): void {
    const [name = ''] = prng.pick(this.names);
    if (prng.chance(0.5)) directory.leave(name.replace(/:.*/, ''));
    else if (prng.chance(0.3)) directory.isBroken = true;
    else directory.restore();
  }
}
