import type { Ground } from './ground';
import type { Timeline } from './timeline';

/** A server, as those that it replicates with need it. */
export interface Peer {
  readonly world: Ground;
  readonly name: string;
  readonly timeline: Timeline;
  readonly life: number;
  readonly isServing: boolean;
  readonly isPrimary: boolean;
  readonly canReceive: boolean;
  readonly frozen: boolean;
  /** What of its log others may have. */
  readonly durableLsn: number;
  readonly receivedLsn: number;
  readonly replayedLsn: number;
  readonly upstream: Peer | undefined;
  readonly followers: ReadonlySet<Peer>;
  readonly replication: Replication;
  mayFollow(other: Pick<Peer, 'timeline'>): boolean;
  receive(from: Peer, timeline: Timeline, lsn: number): void;
  onThaw(go: () => void): void;
}

/** What a standby does until a commit need not wait for it any more. */
type Wait = { readonly lsn: number; readonly isApply: boolean; readonly done: () => void };

/**
 * How the log gets from a server to those that follow it. One message is under way on each link at a time,
 * and carries all that was flushed when it was sent.
 */
export class Replication {
  readonly #underWay = new Set<string>();
  readonly #waits: Wait[] = [];
  /** What each synchronous standby has confirmed: received, and replayed. */
  readonly #confirmed = new Map<string, { flushed: number; applied: number }>();

  constructor(private readonly server: Peer) {}

  /** Calls `done` when enough synchronous standbys have the log up to here; at once where none is needed. */
  awaitStandbys(lsn: number, isApply: boolean, done: () => void): (() => void) | undefined {
    if (this.#isConfirmed(lsn, isApply)) {
      done();
      return undefined;
    }
    const wait: Wait = { lsn, isApply, done };
    this.#waits.push(wait);
    return () => {
      const index = this.#waits.indexOf(wait);
      if (index >= 0) this.#waits.splice(index, 1);
    };
  }

  forget(): void {
    this.#waits.length = 0;
    this.#confirmed.clear();
    this.#underWay.clear();
  }

  /** Sends what is flushed to those that follow this server. */
  pump(): void {
    for (const follower of this.server.followers) this.#send(follower);
  }

  #send(follower: Peer): void {
    const { server } = this;
    const { world } = server;
    if (!server.isServing || !follower.canReceive || this.#underWay.has(follower.name)) return;
    const { timeline } = server;
    const lsn = server.durableLsn;
    // A follower that has more than this history has in common with its own cannot follow it.
    if (!follower.mayFollow(server)) return;
    if (follower.timeline === timeline && follower.receivedLsn >= lsn) {
      // One that was rebuilt has everything without having received it, and tells so when it connects.
      if (this.#waits.length > 0) this.confirm(follower);
      return;
    }
    this.#underWay.add(follower.name);
    const { life } = server;
    const theirs = follower.life;
    world.scheduler.atServer(world.network.arrivalMs(server.name, follower.name), () => {
      if (server.life !== life) return;
      this.#underWay.delete(follower.name);
      if (follower.life !== theirs || follower.upstream !== server || !server.isServing) return;
      if (follower.frozen) follower.onThaw(() => follower.receive(server, timeline, lsn));
      else follower.receive(server, timeline, lsn);
      this.#send(follower);
    });
  }

  /** A standby tells how far it is. */
  confirm(standby: Peer): void {
    const { server } = this;
    if (!server.isPrimary || !server.world.syncNames.has(standby.name)) return;
    const flushed = standby.receivedLsn;
    const applied = standby.replayedLsn;
    const { life } = server;
    server.world.scheduler.atServer(server.world.network.arrivalMs(standby.name, server.name), () => {
      if (server.life !== life || standby.upstream !== server) return;
      this.#confirmed.set(standby.name, { flushed, applied });
      this.#release();
    });
  }

  #release(): void {
    for (const wait of [...this.#waits]) {
      if (!this.#isConfirmed(wait.lsn, wait.isApply)) continue;
      this.#waits.splice(this.#waits.indexOf(wait), 1);
      wait.done();
    }
  }

  #isConfirmed(lsn: number, isApply: boolean): boolean {
    const { syncNames } = this.server.world;
    if (syncNames.size === 0) return true;
    for (const [name, { flushed, applied }] of this.#confirmed) {
      if (syncNames.has(name) && (isApply ? applied : flushed) >= lsn) return true;
    }
    return false;
  }
}
