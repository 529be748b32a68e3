import type { EventEmitter } from 'node:events';
import type * as Options from '../../../libs/db-routing/src/postgres/pool/options/options';
import type * as Parts from '../../../libs/db-routing/src/postgres/pool/pool-parts';
import type { SimEngine } from '../engine/sim-engine';
import type { VirtualClock } from '../time/virtual-clock';
import type { World } from '../world/world';

/** What a watch sees of its service. */
export interface WatchedService {
  readonly name: string;
  readonly world: World;
  readonly settings: ReturnType<typeof Options.resolveOptions>;
  readonly events: EventEmitter;
  readonly clock: VirtualClock;
  readonly parts: Parts.PoolParts;
  readonly engine: SimEngine;
}
