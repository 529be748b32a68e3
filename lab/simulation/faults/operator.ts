import type { Server } from '../world/server';
import type { World } from '../world/world';

/** How long an operator takes to see that a server cannot follow, and to rebuild it. */
const REBUILD_MS = 300;

/** What a split is like: see Fault. */
interface Split {
  readonly service: string;
  readonly cutAfterMs: number;
  readonly followers: readonly string[];
  readonly forMs: number;
}

/** The person, or the program, that runs the cluster: promotes, repoints and rebuilds servers. */
export class Operator {
  constructor(
    private readonly world: World,
    private readonly processes: readonly string[],
  ) {}

  /** Promotes a replica in place of the primary, and lets the others follow it. */
  failOver(
    old: 'stopped' | 'gone' | 'isolated' | 'running',
    isFreshest: boolean,
    afterMs: number,
    forMs: number,
  ): void {
    const { world } = this;
    const primary = world.leader;
    if (!primary) return;
    if (old === 'stopped') primary.stop('orderly');
    if (old === 'gone') primary.stop('crash');
    if (old === 'isolated') this.#isolate(primary, forMs);
    world.scheduler.in(afterMs, () => this.#promote(primary, isFreshest));
    world.scheduler.in(Math.max(forMs, afterMs + REBUILD_MS), () => this.rejoin(primary));
  }

  /**
   * Promotes a replica while the primary goes on. The operator of the other servers learns of it only after a
   * while: until then they follow the old primary, but for the `followers`.
   */
  split(server: Server, { service, cutAfterMs, followers, forMs }: Split): void {
    const { world } = this;
    const { leader: old } = world;
    if (!old || server.isPrimary || !server.isServing || server.frozen) return;
    server.promote();
    world.oracle.count('promotion');
    const others = world.servers.filter((each) => !each.isPrimary);
    for (const each of others)
      if (followers.includes(each.name) && each.mayFollow(server)) this.follow(each, server);
    const untilMs = world.scheduler.nowMs + Math.max(forMs, cutAfterMs);
    world.scheduler.in(cutAfterMs, () => {
      world.network.cut(service, server.name, untilMs);
      world.network.cut(server.name, service, untilMs);
    });
    world.scheduler.at(untilMs, () => {
      for (const each of world.servers) if (each !== world.leader) this.rejoin(each);
    });
  }

  #isolate(server: Server, forMs: number): void {
    const untilMs = this.world.scheduler.nowMs + forMs;
    for (const other of this.processes) {
      if (other === server.name) continue;
      this.world.network.cut(other, server.name, untilMs);
      this.world.network.cut(server.name, other, untilMs);
    }
  }

  #promote(old: Server, isFreshest: boolean): void {
    const { world } = this;
    // Another failover may have come first, or the old primary may be back.
    if (world.leader !== old) return;
    const able = world.servers.filter((server) => !server.isPrimary && server.isServing && !server.frozen);
    const [first] = isFreshest ? [...able].sort((one, other) => other.receivedLsn - one.receivedLsn) : able;
    if (!first) return;
    first.promote();
    world.oracle.count('promotion');
    for (const server of world.servers) if (!server.isPrimary) this.follow(server, first);
  }

  /** Lets a replica follow another server; one that has more than that server's history is rebuilt. */
  follow(server: Server, primary: Server): void {
    if (server.mayFollow(primary)) {
      server.upstream = primary;
      primary.replication.pump();
      return;
    }
    this.world.scheduler.in(REBUILD_MS, () => this.rejoin(server));
  }

  /** Makes the server a replica of the current primary. */
  rejoin(server: Server): void {
    const { world } = this;
    const { leader } = world;
    if (!leader || leader === server) {
      server.start(0, 50);
      return;
    }
    if (!server.isPrimary && server.upstream === leader && server.mayFollow(leader)) {
      server.start(0, 50);
      return;
    }
    if (!leader.isServing) {
      world.scheduler.in(REBUILD_MS, () => this.rejoin(server));
      return;
    }
    server.stop('orderly');
    server.rebuild(leader);
    server.start(0, 100);
  }

  /** Ends everything that goes wrong: one primary, which all others follow. */
  calm(): void {
    const { world } = this;
    world.network.heal();
    world.nameServers();
    world.breaks.clear();
    for (const server of world.servers) {
      server.thaw();
      server.isFull = server.isProbeBlind = server.isReplayPaused = false;
      server.slowness = 1;
      server.conflicts = 0;
      server.replayDelayMs = 1;
      server.start(0, 50);
      server.replay();
    }
    world.scheduler.in(500, () => {
      for (const server of world.servers) if (server !== world.leader) this.rejoin(server);
      world.leader?.replication.pump();
    });
  }
}
