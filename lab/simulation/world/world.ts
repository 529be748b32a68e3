import type { Prng } from '../time/prng';
import type { Scheduler } from '../time/scheduler';
import { Breaks } from './breaks';
import type { Ground, WorldSettings } from './ground';
import { Network } from './network';
import { Oracle } from './oracle';
import { Server } from './server';
import { Timeline, type Version } from './timeline';

const FIRST_LSN = 0x3000060;

/** A cluster of servers, the network, and the truth about both. */
export class World implements Ground {
  readonly systemId = '7001234567890123456';
  readonly firstLsn = FIRST_LSN;
  readonly servers: Server[] = [];
  /** Servers of other clusters. */
  readonly strangers: Server[] = [];
  readonly network: Network;
  readonly oracle = new Oracle();
  readonly breaks: Breaks;
  readonly syncNames: ReadonlySet<string>;
  readonly timelines: Timeline[] = [];
  commits = 0;
  #ids = 0;

  constructor(
    readonly scheduler: Scheduler,
    readonly prng: Prng,
    readonly settings: WorldSettings,
  ) {
    this.network = new Network(scheduler, prng.stream('network'), settings.network);
    this.breaks = new Breaks(scheduler, prng.stream('breaks'));
    this.syncNames = new Set(settings.synchronous);
    const first = new Timeline(1, undefined, FIRST_LSN);
    this.timelines.push(first);
    for (const name of settings.servers) {
      this.servers.push(new Server(this, name, first, FIRST_LSN));
    }
    for (const [index, name] of (settings.strangers ?? []).entries()) {
      const stranger = new Server(this, name, new Timeline(1, undefined, FIRST_LSN), FIRST_LSN);
      stranger.systemId = String(BigInt(this.systemId) + BigInt(index + 1));
      stranger.isPrimary = true;
      this.strangers.push(stranger);
      this.oracle.strangers.add(name);
    }
    this.nameServers();
    const [primary, ...replicas] = this.servers;
    if (!primary) throw new RangeError('a world needs a server');
    primary.isPrimary = true;
    for (const replica of replicas) {
      replica.upstream = this.find(settings.cascades[replica.name] ?? '') ?? primary;
    }
  }

  /** Each name leads to its own server. */
  nameServers(): void {
    const { servers, aliases, strangers = [] } = this.settings;
    for (const name of [...servers, ...strangers]) this.network.name(name, name);
    for (const [alias, name] of Object.entries(aliases)) this.network.name(alias, name);
  }

  find(name: string): Server | undefined {
    const ofCluster = this.servers.find((server) => server.name === name);
    return ofCluster ?? this.strangers.find((server) => server.name === name);
  }

  /** See Ground. */
  show(version: Version): void {
    if (version.visibleAs !== Infinity) return;
    version.visibleAs = this.commits;
    version.visibleAtMs = this.scheduler.nowMs;
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  /** See Ground. */
  fork(parent: Timeline, forkLsn: number): Timeline {
    const timeline = new Timeline(this.timelines.length + 1, parent, forkLsn);
    this.timelines.push(timeline);
    return timeline;
  }

  /** The primary of the newest timeline: the one that an operator means. */
  get leader(): Server | undefined {
    let found: Server | undefined;
    for (const server of this.servers) {
      if (server.isPrimary && (!found || server.timeline.id > found.timeline.id)) found = server;
    }
    return found;
  }
}
